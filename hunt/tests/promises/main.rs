//! What questions mean, whatever is asked; and what is said when something is missing.

mod bounds;
mod damage;
mod meaning;
mod refused;
mod stored;
