use super::{LogBuffer, MAX_PENDING};
use std::io::Write;
use std::sync::mpsc::{Receiver, Sender, channel};
use std::sync::{Arc, Mutex};
use std::time::Duration;

const LONG: Duration = Duration::from_secs(20);

#[derive(Clone, Default)]
struct Writes(Arc<Mutex<Vec<Vec<u8>>>>);

impl Write for Writes {
    fn write(&mut self, data: &[u8]) -> std::io::Result<usize> {
        self.0.lock().unwrap().push(data.to_vec());
        Ok(data.len())
    }

    fn flush(&mut self) -> std::io::Result<()> {
        Ok(())
    }
}

/// A reader that takes nothing until it is told to.
struct Stalled(Receiver<()>, Writes);

impl Write for Stalled {
    fn write(&mut self, data: &[u8]) -> std::io::Result<usize> {
        // An error is the sender's end: from then on everything is taken.
        let _ended = self.0.recv();
        self.1.write(data)
    }

    fn flush(&mut self) -> std::io::Result<()> {
        Ok(())
    }
}

fn buffer(sink: impl Write + Send + 'static) -> LogBuffer {
    LogBuffer::start(sink, Box::new(|lost, out| out.extend_from_slice(format!("{lost} lost\n").as_bytes())))
}

fn text(writes: &Writes) -> String {
    String::from_utf8(writes.0.lock().unwrap().concat()).unwrap()
}

fn stalled() -> (Sender<()>, Writes, LogBuffer) {
    let (go, wait) = channel();
    let writes = Writes::default();
    let buffer = buffer(Stalled(wait, writes.clone()));
    (go, writes, buffer)
}

#[test]
fn lines_are_written_in_order_and_in_few_writes() {
    let writes = Writes::default();
    let buffer = buffer(writes.clone());
    let lines: Vec<String> = (0..1000).map(|n| format!("line {n}\n")).collect();
    for line in &lines {
        buffer.push(line.as_bytes(), false);
    }
    assert!(buffer.flush(LONG));
    assert_eq!(text(&writes), lines.concat());
    assert!(writes.0.lock().unwrap().len() < 100, "1000 lines are not 1000 writes");
    assert_eq!(buffer.dropped().get(), 0);
}

#[test]
fn a_line_does_not_wait_for_company_for_ever() {
    let (written, wrote) = channel();
    struct Tell(Sender<Vec<u8>>);
    impl Write for Tell {
        fn write(&mut self, data: &[u8]) -> std::io::Result<usize> {
            self.0.send(data.to_vec()).unwrap();
            Ok(data.len())
        }
        fn flush(&mut self) -> std::io::Result<()> {
            Ok(())
        }
    }
    let buffer = buffer(Tell(written));
    buffer.push(b"alone\n", false);
    assert_eq!(wrote.recv_timeout(LONG).unwrap(), b"alone\n");
}

#[test]
fn a_stalled_reader_costs_lines_but_no_time_and_the_loss_is_reported() {
    let (go, writes, buffer) = stalled();
    let line = [b"x".repeat(1023), b"\n".to_vec()].concat();
    let sent = 4 * MAX_PENDING / line.len();
    for _ in 0..sent {
        buffer.push(&line, false);
    }
    assert!(!buffer.flush(Duration::from_millis(1)), "a flush has a limit");
    let lost = buffer.dropped().get();
    assert!(lost > 0);
    drop(go);
    drop(buffer);
    let text = text(&writes);
    let reported: u64 = text.lines().filter_map(|line| line.strip_suffix(" lost")?.parse::<u64>().ok()).sum();
    assert_eq!(reported, lost);
    assert_eq!(text.lines().filter(|line| line.starts_with('x')).count() as u64 + lost, sent as u64);
}

#[test]
fn a_line_beyond_the_whole_buffer_is_lost_and_reported() {
    let writes = Writes::default();
    let buffer = buffer(writes.clone());
    buffer.push(&b"x".repeat(MAX_PENDING + 1), false);
    drop(buffer);
    assert_eq!(text(&writes), "1 lost\n");
}

#[test]
fn dropping_the_buffer_writes_what_is_left() {
    let (go, writes, buffer) = stalled();
    buffer.push(b"first\n", true);
    buffer.push(b"second\n", false);
    drop(go);
    drop(buffer);
    assert_eq!(text(&writes), "first\nsecond\n");
}
