//! Exceptions: added, listed, shown and removed.

use daemoneye_bus::alert::Alert;
use daemoneye_bus::control::{
    AlertJson, ExceptionDetail, ExceptionStatus, NewException, Scope, Signature,
};
use daemoneye_bus::event::Field;
use daemoneye_bus::handling::{Deed, Equal, Exception};
use daemoneye_store::{Change, Counted, NewAct, ReadError};
use serde_json::Value as Json;

use super::{Asker, HandlingError, Operators, check_length, check_reason, check_words, tally};
use crate::exceptions::{Book, MAX_EXCEPTIONS, MAX_FIELDS, MAX_TERM, USUAL_FIELDS};

/// Microseconds.
const DAY: i64 = 24 * 3_600 * 1_000_000;
/// Alerts that are shown of one exception, the latest.
const SHOWN: usize = 20;

/// Why there is no such exception.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum ExceptError {
    /// What every act needs.
    #[error(transparent)]
    Handling(#[from] HandlingError),
    /// There is none of this number.
    #[error("no exception {0}")]
    Unknown(u64),
    /// It would cover nothing.
    #[error("the time at which it expires has passed")]
    Past,
    /// It would hold too long.
    #[error("it would hold {days} days, at most 366 are allowed")]
    TooLong {
        /// How long, rounded up.
        days: i64,
    },
    /// Nobody answers for it.
    #[error("no owner is named")]
    NoOwner,
    /// The agent's own alerts are about itself.
    #[error("rule {0:?} is the agent's own, and cannot be excepted")]
    OfAgent(String),
    /// It would cover all that the rule finds.
    #[error("no field is named: an exception from everything is a disabled rule")]
    NoField,
    /// There is no such field.
    #[error("unknown field {0:?}")]
    UnknownField(String),
    /// The same field has two values.
    #[error("field {0:?} is named twice")]
    Twice(String),
    /// The alert does not say what it is.
    #[error("alert {id}: has no value of field {field:?}")]
    NoValue {
        /// The alert.
        id: String,
        /// The field.
        field: String,
    },
    /// Too many fields.
    #[error("{0} fields, at most {MAX_FIELDS} are allowed")]
    TooManyFields(usize),
    /// Too many exceptions.
    #[error("there are {MAX_EXCEPTIONS} exceptions already; remove those that have expired")]
    Full,
}

impl From<ReadError> for ExceptError {
    fn from(error: ReadError) -> Self {
        ExceptError::Handling(error.into())
    }
}

impl Operators {
    pub(super) fn load_exceptions(&self) -> Result<(), ReadError> {
        let exceptions = self.store.exceptions()?;
        self.exceptions.replace(Book::new(exceptions.iter().map(|(exception, _)| exception)));
        Ok(())
    }

    /// Every exception, by number.
    ///
    /// # Errors
    /// If the store cannot be read.
    pub fn exceptions(&self, now: i64) -> Result<Vec<ExceptionStatus>, ExceptError> {
        let exceptions = self.store.exceptions()?.into_iter();
        Ok(exceptions.map(|(exception, hits)| status(exception, hits, now)).collect())
    }

    /// One exception, with the latest alerts that it covered.
    ///
    /// # Errors
    /// If there is none of this number, or the store cannot be read.
    pub fn exception(&self, number: u64, now: i64) -> Result<ExceptionDetail, ExceptError> {
        let mut all = self.exceptions(now)?.into_iter();
        let status = all.find(|status| status.exception.number == number);
        let status = status.ok_or(ExceptError::Unknown(number))?;
        let alerts = self.store.excepted(number, SHOWN)?.into_iter();
        let alerts = alerts.map(|(number, alert)| (number, AlertJson::from(&alert))).collect();
        Ok(ExceptionDetail { status, alerts })
    }

    /// Adds an exception. It covers what is judged from now on.
    ///
    /// # Errors
    /// If it makes no sense, there are too many, or the store cannot be read or written.
    pub fn except(
        &self,
        asked: &NewException,
        asker: &Asker,
    ) -> Result<ExceptionDetail, ExceptError> {
        let NewException { scope, owner, expires, signature } = asked;
        check_signed(owner, *expires, signature, asker.now)?;
        let (rule, fields, from_alert) = self.scope(scope)?;
        check_fields(&rule, &fields)?;
        if self.store.exceptions()?.len() >= MAX_EXCEPTIONS {
            return Err(ExceptError::Full);
        }
        let number = self.store.last_exception()? + 1;
        let act = asker.act(Deed::Added, format!("exception {number}"), signature);
        let exception = Exception {
            number,
            rule,
            fields,
            owner: owner.clone(),
            reason: signature.reason.clone().unwrap_or_default(),
            created: asker.now,
            expires: *expires,
            added_by: Some(act.who()),
            from_alert,
        };
        self.write(vec![NewAct { act, change: Change::Except(exception) }])?;
        self.load_exceptions()?;
        self.exception(number, asker.now)
    }

    /// Removes an exception; it covers nothing from now on. What it was.
    ///
    /// # Errors
    /// If there is none of this number, or the store cannot be read or written.
    pub fn unexcept(
        &self,
        number: u64,
        signature: &Signature,
        asker: &Asker,
    ) -> Result<ExceptionDetail, ExceptError> {
        check_words(signature)?;
        let before = self.exception(number, asker.now)?;
        let act = asker.act(Deed::Removed, format!("exception {number}"), signature);
        self.write(vec![NewAct { act, change: Change::Unexcept(number) }])?;
        self.load_exceptions()?;
        Ok(before)
    }

    /// Rule, fields, and the alert that they are from.
    fn scope(&self, scope: &Scope) -> Result<(String, Vec<Equal>, Option<String>), ExceptError> {
        match scope {
            Scope::Rule { rule, fields } => Ok((rule.clone(), fields.clone(), None)),
            Scope::Alert { id, fields } => {
                let number = self.store.find_alert(id).map_err(HandlingError::from)?;
                let alert = self.store.alert(number)?;
                Ok((alert.rule.clone(), of_alert(&alert, fields)?, Some(alert.id)))
            }
        }
    }
}

fn status(exception: Exception, hits: Counted, now: i64) -> ExceptionStatus {
    ExceptionStatus { expired: exception.expires <= now, hits: tally(hits), exception }
}

fn check_signed(
    owner: &str,
    expires: i64,
    signature: &Signature,
    now: i64,
) -> Result<(), ExceptError> {
    check_reason(signature, "the exception")?;
    check_words(signature)?;
    check_length("the owner", owner)?;
    if owner.trim().is_empty() {
        return Err(ExceptError::NoOwner);
    }
    let term = expires.saturating_sub(now);
    match term {
        ..=0 => Err(ExceptError::Past),
        1..=MAX_TERM => Ok(()),
        _ => Err(ExceptError::TooLong { days: (term - 1) / DAY + 1 }),
    }
}

fn check_fields(rule: &str, fields: &[Equal]) -> Result<(), ExceptError> {
    if rule.starts_with('(') {
        return Err(ExceptError::OfAgent(rule.to_owned()));
    }
    if fields.is_empty() {
        return Err(ExceptError::NoField);
    }
    if fields.len() > MAX_FIELDS {
        return Err(ExceptError::TooManyFields(fields.len()));
    }
    for (place, Equal { field, .. }) in fields.iter().enumerate() {
        if Field::named(field).is_none() {
            return Err(ExceptError::UnknownField(field.clone()));
        }
        if fields[..place].iter().any(|other| Field::named(&other.field) == Field::named(field)) {
            return Err(ExceptError::Twice(field.clone()));
        }
    }
    Ok(())
}

/// The values of these fields in an alert; without fields, of the usual ones that have a value.
fn of_alert(alert: &Alert, fields: &[String]) -> Result<Vec<Equal>, ExceptError> {
    let value = |field: Field| match alert.event.get(field.name())? {
        Json::String(text) => Some(text.clone()),
        Json::Null => None,
        other => Some(other.to_string()),
    };
    let equal = |field: Field| Some(Equal { field: field.name().to_owned(), value: value(field)? });
    if fields.is_empty() {
        return Ok(USUAL_FIELDS.into_iter().filter_map(equal).collect());
    }
    let named = |name: &String| {
        let field = Field::named(name).ok_or_else(|| ExceptError::UnknownField(name.clone()))?;
        let no_value = || ExceptError::NoValue { id: alert.id.clone(), field: name.clone() };
        equal(field).ok_or_else(no_value)
    };
    fields.iter().map(named).collect()
}
