//! The real program against an agent that is one thread of the test, and against none.

mod agent;
mod answers;
mod bus;
mod columns;
mod failures;
mod follow;
mod hostile;
mod ledger;
mod program;
mod report;
mod strangers;
mod watch;
