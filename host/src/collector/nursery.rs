//! The thread from which the sensor is born. It is not confined as the others are: what they may not
//! do, the sensor could not do either. It does nothing else.

use std::io;
use std::sync::mpsc::{SyncSender, sync_channel};

use tokio::sync::oneshot;

type Work = Box<dyn FnOnce() + Send>;

/// A thread that waits for its one piece of work.
pub struct Nursery(SyncSender<Work>);

impl Nursery {
    /// Starts the thread, as confined as the thread that calls.
    ///
    /// # Errors
    /// If the operating system gives none.
    pub fn open() -> io::Result<Self> {
        let (sender, work) = sync_channel::<Work>(1);
        let thread = std::thread::Builder::new().name("nursery".to_owned());
        thread.spawn(move || {
            if let Ok(work) = work.recv() {
                work();
            }
        })?;
        Ok(Nursery(sender))
    }

    /// Runs a future there, to its end.
    ///
    /// # Errors
    /// If there is no runtime for it.
    pub async fn run(self, future: impl Future<Output = ()> + Send + 'static) -> io::Result<()> {
        let (done, ended) = oneshot::channel();
        let work = move || {
            let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build();
            let _nobody_waits = done.send(runtime.map(|runtime| runtime.block_on(future)));
        };
        let gone = || io::Error::other("the thread for the sensor is gone");
        self.0.send(Box::new(work)).map_err(|_| gone())?;
        ended.await.map_err(|_| gone())?
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test]
    async fn work_runs_in_the_thread_that_was_there_before() {
        let nursery = Nursery::open().expect("a thread");
        let (name, named) = oneshot::channel();
        let work = async move {
            tokio::process::Command::new("true").status().await.expect("it runs");
            let _told = name.send(std::thread::current().name().map(str::to_owned));
        };
        nursery.run(work).await.expect("a runtime");
        assert_eq!(named.await.expect("told").as_deref(), Some("nursery"));
    }
}
