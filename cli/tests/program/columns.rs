//! Answers as files of columns: read back by the readers of others.

use std::ffi::OsStr;
use std::fs::File;
use std::path::Path;
use std::process::Command;

use arrow_array::cast::AsArray;
use arrow_array::types::{Float64Type, Int64Type};
use arrow_array::{Array, RecordBatch};
use arrow_schema::{DataType, Schema};
use daemoneye_bus::control::{Cell, HuntAnswer, HuntEnd, Request, Response};
use daemoneye_terminal::Terminal;
use parquet::arrow::arrow_reader::ParquetRecordBatchReaderBuilder;

use crate::agent::Agent;
use crate::program::{daemoneye, run, run_unread};

/// Colours, another direction, other lines, quotes, a NUL, what is beyond the first plane.
const HOSTILE: &str = "x\x1b[31m\x1b[2J\u{202e}gpj\r\n\"quoted\",\u{2028}\0end\u{1f980}";
const LABELS: [&str; 6] = ["pid", "share", "command_line", "tty", "mixed", "pid"];
const DEGRADED: &str = "7 events\x1b[2J of this time were lost";

fn text(text: impl Into<String>) -> Option<Cell> {
    Some(Cell::Text(text.into()))
}

/// What a column is shows late: the first page has neither fractions nor texts, and the second is
/// the last.
fn pages() -> [Vec<Vec<Option<Cell>>>; 2] {
    let whole = |number| Some(Cell::Integer(number));
    [
        vec![vec![whole(i64::MIN), whole(1), None, None, whole(7), whole(2)]],
        vec![
            vec![None, Some(Cell::Float(0.5)), text(HOSTILE), None, text("seven"), whole(3)],
            vec![whole(i64::MAX), None, text("x".repeat(1 << 20)), None, None, whole(4)],
        ],
    ]
}

fn agent(degraded: &'static [&'static str]) -> Agent {
    Agent::that(move |request| {
        let [first, last] = pages();
        let columns = LABELS.map(str::to_owned).to_vec();
        let degraded = degraded.iter().map(|&why| why.to_owned()).collect();
        let end = HuntEnd { matched: 3, more: true, degraded, took: 1 };
        let (rows, end) = match request {
            Request::Query(_) => (first, None),
            Request::More { .. } => (last, Some(end)),
            other => panic!("{other:?}"),
        };
        Response::Hunt(Box::new(HuntAnswer { id: 1, columns, rows, scanned: 9, of: 9, end }))
    })
}

/// The batches of a file and its schema.
type Read = (Vec<RecordBatch>, Schema);

fn parquet(file: &Path) -> Read {
    let file = File::open(file).expect("a file");
    let reader = ParquetRecordBatchReaderBuilder::try_new(file).expect("Parquet");
    let (schema, footer) = (reader.schema().as_ref().clone(), reader.metadata().clone());
    let pairs = footer.file_metadata().key_value_metadata().expect("pairs").clone();
    let complete = pairs.iter().find(|pair| pair.key == "daemoneye.complete");
    assert_eq!(
        complete.and_then(|pair| pair.value.as_ref()),
        schema.metadata.get("daemoneye.complete")
    );
    let batches = reader.build().expect("rows").map(|batch| batch.expect("a batch"));
    (batches.collect(), schema)
}

fn arrow(file: &Path) -> Read {
    let file = File::open(file).expect("a file");
    let reader = arrow_ipc::reader::FileReader::try_new(file, None).expect("Arrow");
    let schema = reader.schema().as_ref().clone();
    (reader.map(|batch| batch.expect("a batch")).collect(), schema)
}

#[test]
fn columns_have_the_types_of_the_answer_and_their_texts_byte_for_byte() {
    let agent = agent(&[]);
    let directory = tempfile::tempdir().expect("a directory");
    for (format, read) in [("parquet", parquet as fn(&Path) -> Read), ("arrow", arrow)] {
        let file = directory.path().join(format);
        let path = file.to_str().expect("UTF-8");
        run(&agent.socket(), &["query", "SELECT", "--format", format, "-o", path]).with(0);
        let (batches, schema) = read(&file);
        let fields = schema.fields().iter();
        let fields: Vec<_> =
            fields.map(|field| (field.name().as_str(), field.data_type())).collect();
        let expected = [
            ("pid", &DataType::Int64),
            ("share", &DataType::Float64),
            ("command_line", &DataType::Utf8),
            ("tty", &DataType::Null),
            ("mixed", &DataType::Utf8),
            ("pid_2", &DataType::Int64),
        ];
        assert_eq!(fields, expected, "{format}");
        assert_rows(&batches);
        let about = |key: &str| schema.metadata.get(key).map(String::as_str);
        let said = ["complete", "degraded", "more", "matched", "scanned"];
        let said = said.map(|key| about(&format!("daemoneye.{key}")).expect("it is said"));
        assert_eq!(said, ["true", "[]", "true", "3", "9"], "{format}");
    }
}

fn assert_rows(batches: &[RecordBatch]) {
    let schema = batches[0].schema();
    let mut rows = Vec::new();
    for batch in batches {
        let text = |column: usize| batch.column(column).as_string::<i32>().iter();
        let pid = batch.column(0).as_primitive::<Int64Type>().iter();
        let share = batch.column(1).as_primitive::<Float64Type>().iter();
        let tty = (0..batch.num_rows())
            .map(|row| batch.column(3).logical_nulls().is_some_and(|nulls| nulls.is_null(row)));
        let texts = text(2)
            .zip(text(4))
            .map(|(line, mixed)| (line.map(str::to_owned), mixed.map(str::to_owned)));
        rows.extend(pid.zip(share).zip(texts).zip(tty));
    }
    let own = |text: &str| Some(text.to_owned());
    let expected = [
        (((Some(i64::MIN), Some(1.0)), (None, own("7"))), true),
        (((None, Some(0.5)), (own(HOSTILE), own("seven"))), true),
        (((Some(i64::MAX), None), (own(&"x".repeat(1 << 20)), None)), true),
    ];
    assert!(rows == expected, "{schema}: {rows:.2000?}");
}

#[test]
fn a_file_of_columns_says_itself_that_it_may_lack_something() {
    let agent = agent(&[DEGRADED]);
    let directory = tempfile::tempdir().expect("a directory");
    for (format, read) in [("parquet", parquet as fn(&Path) -> Read), ("arrow", arrow)] {
        let file = directory.path().join(format);
        let path = file.to_str().expect("UTF-8");
        let ended = run(&agent.socket(), &["query", "SELECT", "--format", format, "-o", path]);
        ended.with(3).warns("not complete: 7 events\\u{1b}[2J of this time were lost");
        let (_, schema) = read(&file);
        assert_eq!(schema.metadata["daemoneye.complete"], "false", "{format}");
        let degraded: Vec<String> =
            serde_json::from_str(&schema.metadata["daemoneye.degraded"]).expect("JSON");
        assert_eq!(degraded, [DEGRADED], "{format}");
    }
}

#[test]
fn no_terminal_gets_bytes_that_are_not_for_it_and_no_agent_is_asked() {
    let agent = agent(&[]);
    let socket = agent.socket();
    let environment = [("DAEMONEYE_SOCKET", socket.as_os_str()), ("NO_COLOR", OsStr::new("1"))];
    for format in ["parquet", "arrow"] {
        let program = Path::new(env!("CARGO_BIN_EXE_daemoneye"));
        let words = ["query", "SELECT", "--format", format];
        let mut terminal = Terminal::start(program, &words, &environment, (80, 24));
        assert_eq!(terminal.wait_for_end().exit_code(), 2);
        let screen = String::from_utf8(terminal.bytes()).expect("text");
        assert!(screen.contains("is not for a terminal") && screen.contains("-o FILE"), "{screen}");
    }
    assert_eq!(agent.asked(), []);
}

#[test]
fn a_pipe_gets_the_file_as_a_disk_does_and_may_close_early() {
    let agent = agent(&[]);
    let directory = tempfile::tempdir().expect("a directory");
    for (format, read) in [("parquet", parquet as fn(&Path) -> Read), ("arrow", arrow)] {
        let words = ["query", "SELECT", "--format", format];
        let output = daemoneye(&agent.socket(), &words).output().expect("it starts");
        assert_eq!((output.status.code(), output.stderr.as_slice()), (Some(0), &b""[..]));
        let file = directory.path().join(format);
        std::fs::write(&file, &output.stdout).expect("room");
        assert_rows(&read(&file).0);

        let output = run_unread(&agent.socket(), &words);
        assert_eq!((output.status.code(), output.stderr.as_slice()), (Some(0), &b""[..]));
        let full = run(&agent.socket(), &[&words[..], &["-o", "/dev/full"]].concat());
        full.with(74).complains("\"/dev/full\" cannot be written: No space left on device");
    }
}

#[test]
fn duckdb_reads_the_rows_and_what_is_said_of_them() {
    if !has_duckdb() {
        eprintln!("NOT RUN: python3 has no duckdb");
        return;
    }
    let agent = agent(&[DEGRADED]);
    let directory = tempfile::tempdir().expect("a directory");
    let file = directory.path().join("rows.parquet");
    let path = file.to_str().expect("UTF-8");
    run(&agent.socket(), &["query", "SELECT", "--format", "parquet", "-o", path]).with(3);
    let script = "import duckdb, json, sys\n\
        about = duckdb.execute('SELECT decode(key), decode(value) FROM parquet_kv_metadata(?)', sys.argv[1:])\n\
        about = dict(about.fetchall())\n\
        rows = duckdb.execute('SELECT * FROM read_parquet(?)', sys.argv[1:])\n\
        names = [column[0] for column in rows.description]\n\
        print(json.dumps([names, rows.fetchall(), about['daemoneye.complete']]))";
    let output = Command::new("python3").args(["-c", script, path]).output().expect("python3");
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    let told: serde_json::Value = serde_json::from_slice(&output.stdout).expect("JSON");
    let long = "x".repeat(1 << 20);
    let rows = serde_json::json!([
        [i64::MIN, 1.0, null, null, "7", 2],
        [null, 0.5, HOSTILE, null, "seven", 3],
        [i64::MAX, null, long, null, null, 4],
    ]);
    let names = ["pid", "share", "command_line", "tty", "mixed", "pid_2"];
    assert!(told == serde_json::json!([names, rows, "false"]), "{told:.2000}");
}

fn has_duckdb() -> bool {
    let import = Command::new("python3").args(["-c", "import duckdb"]).output();
    import.is_ok_and(|output| output.status.success())
}
