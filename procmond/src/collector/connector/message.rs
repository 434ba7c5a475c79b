//! Messages of the proc connector. Layout: `struct nlmsghdr` (linux/netlink.h), `struct cn_msg`
//! (linux/connector.h), `struct proc_event` (linux/cn_proc.h), in the byte order of the machine.

/// Index and value of the proc connector, and its multicast group.
pub(super) const CN_IDX_PROC: u32 = 1;
const CN_VAL_PROC: u32 = 1;

const NETLINK_HEADER: usize = 16;
const CONNECTOR_HEADER: usize = 20;
/// Where `struct cn_msg` has its number, from the start of the message.
const NUMBER: usize = NETLINK_HEADER + 8;
/// Where `struct cn_msg` has its acknowledgement, from the start of the message.
const ACKNOWLEDGEMENT: usize = NETLINK_HEADER + 12;
const NLMSG_DONE: u16 = 3;
const PROC_CN_MCAST_LISTEN: u32 = 1;

const PROC_EVENT_NONE: u32 = 0;
/// What stands for the processor of an answer that is not counted.
const NO_PROCESSOR: u32 = u32::MAX;
const PROC_EVENT_FORK: u32 = 0x0000_0001;
const PROC_EVENT_EXEC: u32 = 0x0000_0002;
const PROC_EVENT_UID: u32 = 0x0000_0004;
const PROC_EVENT_GID: u32 = 0x0000_0040;
const PROC_EVENT_SID: u32 = 0x0000_0080;
const PROC_EVENT_COMM: u32 = 0x0000_0200;
const PROC_EVENT_EXIT: u32 = 0x8000_0000;

/// What a message says.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Message {
    /// The answer to a request: zero, or the number of an error.
    Answer {
        /// The number of the request.
        of: u32,
        /// Zero, or an `errno`.
        error: u32,
    },
    /// Something happened.
    Event(ProcessEvent),
    /// Something that concerns a thread or is of no interest.
    Other,
}

/// Something that happened to a process. Of its threads only their beginning is told.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ProcessEvent {
    /// Which process; for a fork the new one.
    pub pid: u32,
    /// When, nanoseconds of the monotonic clock.
    pub time: u64,
    /// What.
    pub happening: Happening,
}

/// What happened.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Happening {
    /// It was forked by this parent.
    Fork {
        /// Process id of the parent.
        parent: u32,
    },
    /// It has one more thread.
    Thread,
    /// It runs another program.
    Exec,
    /// It has another name.
    Name(String),
    /// It has another user.
    User {
        /// Real user id.
        real: u32,
        /// Effective user id.
        effective: u32,
    },
    /// It has another group.
    Group {
        /// Real group id.
        real: u32,
    },
    /// It leads a session of its own.
    Session,
    /// It has ended.
    Exit {
        /// As `wait` tells it.
        status: u32,
    },
}

/// The place of a message among all those that one processor sent.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Place {
    pub(super) processor: u32,
    pub(super) number: u32,
}

/// Bytes that are no message of the proc connector.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum MessageError {
    /// Shorter than what it should hold.
    #[error("proc connector message of {0} bytes is torn")]
    Torn(usize),
}

/// The request to be told.
pub(super) fn listen(number: u32) -> Vec<u8> {
    let data = PROC_CN_MCAST_LISTEN.to_ne_bytes();
    let length = NETLINK_HEADER + CONNECTOR_HEADER + data.len();
    let mut bytes = Vec::with_capacity(length);
    bytes.extend(u32::try_from(length).expect("40 bytes").to_ne_bytes());
    bytes.extend(NLMSG_DONE.to_ne_bytes());
    bytes.extend(0u16.to_ne_bytes()); // flags
    bytes.extend(0u32.to_ne_bytes()); // sequence
    bytes.extend(0u32.to_ne_bytes()); // port: the kernel fills in ours
    bytes.extend(CN_IDX_PROC.to_ne_bytes());
    bytes.extend(CN_VAL_PROC.to_ne_bytes());
    bytes.extend(0u32.to_ne_bytes()); // sequence: the kernel does not repeat it
    bytes.extend(number.to_ne_bytes()); // acknowledgement: the kernel adds one
    bytes.extend(u16::try_from(data.len()).expect("4 bytes").to_ne_bytes());
    bytes.extend(0u16.to_ne_bytes()); // flags
    bytes.extend(data);
    bytes
}

/// The place of a message: the kernel counts them on each processor. Its answers are counted, too,
/// those to other listeners among them; older kernels do not count answers, and name no processor.
pub(super) fn place(bytes: &[u8]) -> Option<Place> {
    let event = bytes.get(NETLINK_HEADER + CONNECTOR_HEADER..)?;
    let (processor, number) = (word(event, 4)?, word(bytes, NUMBER)?);
    (processor != NO_PROCESSOR).then_some(Place { processor, number })
}

/// What a message says.
pub(super) fn parse(bytes: &[u8]) -> Result<Message, MessageError> {
    read(bytes).ok_or(MessageError::Torn(bytes.len()))
}

/// `what: u32, cpu: u32, timestamp: u64`, then the words of the event, of which the first two are
/// mostly the thread and its process.
fn read(bytes: &[u8]) -> Option<Message> {
    let event = bytes.get(NETLINK_HEADER + CONNECTOR_HEADER..)?;
    let word = |index: usize| word(event, 4 * index);
    let time = u64::from_ne_bytes(*event.get(8..)?.first_chunk()?);
    let told = |pid, happening| Message::Event(ProcessEvent { pid, time, happening });
    let is_process = |thread: usize| Some(word(thread)? == word(thread + 1)?);
    Some(match word(0)? {
        PROC_EVENT_NONE => {
            let of = self::word(bytes, ACKNOWLEDGEMENT)?.wrapping_sub(1);
            Message::Answer { of, error: word(4)? }
        }
        PROC_EVENT_FORK if is_process(6)? => told(word(7)?, Happening::Fork { parent: word(5)? }),
        PROC_EVENT_FORK => told(word(7)?, Happening::Thread),
        // A thread that executes something becomes the process.
        PROC_EVENT_EXEC => told(word(5)?, Happening::Exec),
        PROC_EVENT_COMM if is_process(4)? => {
            told(word(5)?, Happening::Name(name(event.get(24..40)?)))
        }
        PROC_EVENT_UID if is_process(4)? => {
            told(word(5)?, Happening::User { real: word(6)?, effective: word(7)? })
        }
        PROC_EVENT_GID if is_process(4)? => told(word(5)?, Happening::Group { real: word(6)? }),
        PROC_EVENT_SID if is_process(4)? => told(word(5)?, Happening::Session),
        PROC_EVENT_EXIT if is_process(4)? => told(word(5)?, Happening::Exit { status: word(6)? }),
        _ => Message::Other,
    })
}

fn word(bytes: &[u8], at: usize) -> Option<u32> {
    Some(u32::from_ne_bytes(*bytes.get(at..)?.first_chunk()?))
}

/// Up to the first zero byte. Names are bytes that belong to whoever runs the process.
fn name(bytes: &[u8]) -> String {
    let text = bytes.split(|byte| *byte == 0).next().unwrap_or_default();
    String::from_utf8_lossy(text).into_owned()
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    /// A message as the kernel makes it.
    fn message(what: u32, words: &[u32]) -> Vec<u8> {
        let mut bytes = vec![0; NETLINK_HEADER + CONNECTOR_HEADER];
        bytes[ACKNOWLEDGEMENT..ACKNOWLEDGEMENT + 4].copy_from_slice(&4712u32.to_ne_bytes());
        bytes.extend(what.to_ne_bytes());
        bytes.extend(0u32.to_ne_bytes());
        bytes.extend(77u64.to_ne_bytes());
        words.iter().for_each(|word| bytes.extend(word.to_ne_bytes()));
        bytes
    }

    fn event(pid: u32, happening: Happening) -> Message {
        Message::Event(ProcessEvent { pid, time: 77, happening })
    }

    #[test]
    fn processes_are_told_and_threads_only_when_they_begin() {
        let user = Happening::User { real: 1000, effective: 0 };
        let table = [
            (PROC_EVENT_FORK, [5, 6, 9, 9], event(9, Happening::Fork { parent: 6 })),
            (PROC_EVENT_FORK, [5, 9, 10, 9], event(9, Happening::Thread)),
            (PROC_EVENT_EXEC, [9, 9, 0, 0], event(9, Happening::Exec)),
            (PROC_EVENT_EXEC, [10, 9, 0, 0], event(9, Happening::Exec)),
            (PROC_EVENT_UID, [9, 9, 1000, 0], event(9, user)),
            (PROC_EVENT_UID, [10, 9, 1000, 0], Message::Other),
            (PROC_EVENT_EXIT, [9, 9, 256, 17], event(9, Happening::Exit { status: 256 })),
            (PROC_EVENT_EXIT, [10, 9, 0, 17], Message::Other),
            (PROC_EVENT_NONE, [13, 0, 0, 0], Message::Answer { of: 4711, error: 13 }),
            (PROC_EVENT_GID, [9, 9, 100, 0], event(9, Happening::Group { real: 100 })),
            (PROC_EVENT_GID, [10, 9, 100, 0], Message::Other),
            (PROC_EVENT_SID, [9, 9, 0, 0], event(9, Happening::Session)),
            (0x0000_0100, [9, 9, 0, 0], Message::Other),
        ];
        for (what, words, expected) in table {
            assert_eq!(parse(&message(what, &words)), Ok(expected), "{what} {words:?}");
        }
    }

    #[test]
    fn a_name_ends_at_its_zero_byte_or_after_sixteen() {
        for (bytes, expected) in
            [(b"sh\0garbage\0\0\0\0\0\0", "sh"), (b"0123456789abcdef", "0123456789abcdef")]
        {
            let mut message = message(PROC_EVENT_COMM, &[9, 9]);
            message.extend(bytes);
            assert_eq!(parse(&message), Ok(event(9, Happening::Name(expected.to_owned()))));
        }
    }

    #[test]
    fn a_torn_message_is_an_error_wherever_it_is_torn() {
        let whole = message(PROC_EVENT_FORK, &[5, 6, 9, 9]);
        for length in 0..whole.len() {
            assert_eq!(parse(&whole[..length]), Err(MessageError::Torn(length)));
        }
    }

    #[test]
    fn a_message_has_a_place_and_an_answer_of_no_processor_has_none() {
        let at = |what, processor: u32| {
            let mut bytes = message(what, &[5, 6, 9, 9]);
            bytes[NUMBER..NUMBER + 4].copy_from_slice(&12u32.to_ne_bytes());
            bytes[40..44].copy_from_slice(&processor.to_ne_bytes());
            bytes
        };
        for what in [PROC_EVENT_FORK, PROC_EVENT_NONE] {
            assert_eq!(place(&at(what, 3)), Some(Place { processor: 3, number: 12 }));
        }
        assert_eq!(place(&at(PROC_EVENT_NONE, NO_PROCESSOR)), None);
        assert_eq!(place(&at(PROC_EVENT_FORK, 3)[..42]), None);
    }

    #[test]
    fn the_request_has_the_length_that_it_says() {
        let bytes = listen(1);
        assert_eq!(bytes[..4], 40u32.to_ne_bytes());
        assert_eq!(bytes.len(), 40);
    }

    proptest! {
        #[test]
        fn no_bytes_make_it_panic(bytes: Vec<u8>) {
            let _any = parse(&bytes);
        }
    }
}
