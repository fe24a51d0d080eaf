//! Tests of guests: who is let in, who is sent away, and who makes room.

use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};

use super::*;
use crate::door::leaving::FAREWELL_BYTES;

const LONG: Duration = Duration::from_secs(60);
const SHORT: Duration = Duration::from_millis(20);

async fn guests(places: usize, silent_max: Duration, head_max: Duration) -> Guests {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let patience = Patience { silent_max, head_max, farewell_max: LONG, last_max: SHORT };
    Guests::new(listener, places, patience, Clock::start(), &Tasks::new())
}

/// Says a byte as soon as the last one has been heard, until nobody listens any more; gives how many times.
async fn drips(outside: &mut TcpStream, inside: &mut Guest, most: usize) -> usize {
    for bytes in 0..most {
        outside.write_all(b"a").await.unwrap();
        let Err(error) = inside.read_exact(&mut [0; 1]).await else { continue };
        assert_eq!(error.kind(), io::ErrorKind::TimedOut);
        return bytes;
    }
    most
}

fn run(test: impl Future<Output = ()>) {
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
    runtime.block_on(test);
}

/// Somebody comes and is let in.
async fn comes(guests: &mut Guests) -> (TcpStream, Guest) {
    let outside = TcpStream::connect(guests.local_addr().unwrap()).await.unwrap();
    (outside, guests.accept().await.0)
}

/// Their visit, to whoever answers them.
fn visitor(guest: &Guest) -> Visitor {
    Visitor { address: ([127, 0, 0, 1], 1).into(), stay: Arc::clone(&guest.stay) }
}

#[test]
fn one_too_many_waits_while_all_are_at_something() {
    run(async {
        let mut guests = guests(1, LONG, LONG).await;
        let address = guests.local_addr().unwrap();
        let _first = TcpStream::connect(address).await.unwrap();
        let mut second = TcpStream::connect(address).await.unwrap();
        second.write_all(b"me too").await.unwrap();
        let (inside, _) = guests.accept().await;
        visitor(&inside).head_is_read();
        let clock = guests.clock;
        let let_in = clock.within(clock.uptime() + 3 * A_MOMENT, guests.place()).await;
        assert!(let_in.is_none(), "there is one place");
        drop(inside);
        let (mut next, _) = guests.accept().await;
        let mut said = [0; 6];
        next.read_exact(&mut said).await.unwrap();
        assert_eq!(&said, b"me too");
    });
}

#[test]
fn who_has_gone_is_forgotten() {
    run(async {
        let mut guests = guests(2, LONG, LONG).await;
        for _guest in 0..100 {
            let (_outside, inside) = comes(&mut guests).await;
            drop(inside);
            assert!(guests.inside.len() <= 4, "{}", guests.inside.len());
        }
    });
}

/// Of those who are in, the first goes of those who have asked for nothing or have their answer, and no telephone.
#[test]
fn who_asks_for_nothing_makes_room_for_one_who_comes() {
    run(async {
        let mut guests = guests(4, LONG, LONG).await;
        let address = guests.local_addr().unwrap();
        let (mut outside, mut inside) = (Vec::new(), Vec::new());
        for _guest in 0..4 {
            outside.push(TcpStream::connect(address).await.unwrap());
            inside.push(guests.accept().await.0);
        }
        let [is_a_telephone, is_being_answered, has_an_answer, is_silent] =
            <[Guest; 4]>::try_from(inside).ok().unwrap();
        visitor(&is_a_telephone).asks_no_more();
        visitor(&is_a_telephone).is_answered();
        visitor(&is_being_answered).head_is_read();
        visitor(&has_an_answer).head_is_read();
        visitor(&has_an_answer).is_answered();
        // The task of each ends with what its reading says.
        let goes = async |mut guest: Guest| guest.read_exact(&mut [0; 1]).await.unwrap_err();
        let mut others = Vec::new();
        for goes_now in [is_silent, has_an_answer] {
            outside.push(TcpStream::connect(address).await.unwrap());
            let (error, (next, _)) = tokio::join!(goes(goes_now), guests.accept());
            assert_eq!(error.kind(), io::ErrorKind::TimedOut);
            visitor(&next).head_is_read();
            assert!(!next.stay.goes.is_cancelled());
            others.push(next);
        }
        let stay =
            [&is_a_telephone, &is_being_answered].map(|guest| !guest.stay.goes.is_cancelled());
        assert_eq!(stay, [true; 2]);
    });
}

#[test]
fn who_says_nothing_is_sent_away() {
    run(async {
        let mut guests = guests(1, SHORT, LONG).await;
        let (mut outside, mut inside) = comes(&mut guests).await;
        outside.write_all(b"a").await.unwrap();
        let mut said = [0; 1];
        inside.read_exact(&mut said).await.unwrap();
        let error = inside.read_exact(&mut said).await.unwrap_err();
        assert_eq!(error.kind(), io::ErrorKind::TimedOut);
    });
}

#[test]
fn who_takes_nothing_is_sent_away() {
    run(async {
        let mut guests = guests(1, SHORT, LONG).await;
        let (_deaf, mut inside) = comes(&mut guests).await;
        let error = loop {
            if let Err(error) = inside.write_all(&[b'a'; 65_536]).await {
                break error;
            }
        };
        assert_eq!(error.kind(), io::ErrorKind::TimedOut);
    });
}

/// The bridge stops: who says nothing is no longer waited for, nor who always says more, nor who takes nothing.
#[test]
fn at_a_stop_nobody_is_waited_for() {
    run(async {
        let mut guests = guests(3, LONG, LONG).await;
        let (address, stop) = (guests.local_addr().unwrap(), guests.stop.clone());
        let mut outside = Vec::new();
        let mut inside = Vec::new();
        for _guest in 0..3 {
            outside.push(TcpStream::connect(address).await.unwrap());
            inside.push(guests.accept().await.0);
        }
        let [silent, drips_on, deaf] = &mut inside[..] else { unreachable!() };
        outside[0].write_all(b"GET /hea").await.unwrap();
        silent.read_exact(&mut [0; 8]).await.unwrap();
        stop.cancel();
        let error = silent.read_exact(&mut [0; 1]).await.unwrap_err();
        assert_eq!(error.kind(), io::ErrorKind::TimedOut);
        assert!(drips(&mut outside[1], drips_on, usize::MAX).await < usize::MAX);
        let error = loop {
            if let Err(error) = deaf.write_all(&[b'a'; 65_536]).await {
                break error;
            }
        };
        assert_eq!(error.kind(), io::ErrorKind::TimedOut);
    });
}

#[test]
fn a_head_has_to_come_to_its_end_however_it_comes() {
    run(async {
        let mut guests = guests(3, LONG, SHORT).await;
        let address = guests.local_addr().unwrap();
        let mut asks = TcpStream::connect(address).await.unwrap();
        let (mut inside, from) = guests.accept().await;
        let visitor = Visitor { address: from, stay: Arc::clone(&inside.stay) };
        let clock = inside.clock;
        // Each head has its own time, and what is no request has none.
        let until = clock.uptime() + 3 * SHORT;
        while clock.uptime() < until {
            assert_eq!(drips(&mut asks, &mut inside, 1).await, 1);
            visitor.head_is_read();
        }
        visitor.asks_no_more();
        let until = clock.uptime() + 3 * SHORT;
        while clock.uptime() < until {
            assert_eq!(drips(&mut asks, &mut inside, 1).await, 1);
        }
        let (mut stops, mut inside) = comes(&mut guests).await;
        stops.write_all(b"GET").await.unwrap();
        let error = inside.read_exact(&mut [0; 4]).await.unwrap_err();
        assert_eq!(error.kind(), io::ErrorKind::TimedOut);
        // Whoever is held up after the first byte has no time for a second.
        for _try in 0..10 {
            let (mut slow, mut inside) = comes(&mut guests).await;
            if drips(&mut slow, &mut inside, usize::MAX).await > 1 {
                return;
            }
        }
        panic!("who always says more is sent away at once");
    });
}

/// Waits until there is a place again.
async fn has_a_place(guests: &Guests) {
    let place = Arc::clone(&guests.places).acquire_owned();
    let until = guests.clock.uptime() + LONG / 2;
    drop(guests.clock.within(until, place).await.expect("a place"));
}

/// Who is still speaking when they are let go hears all that was said to them.
#[test]
fn the_last_word_is_heard_by_whoever_is_still_speaking() {
    run(async {
        let mut guests = guests(1, LONG, LONG).await;
        let (mut outside, mut inside) = comes(&mut guests).await;
        outside.write_all(&[b'a'; 10_000]).await.unwrap();
        inside.read_exact(&mut [0; 1]).await.unwrap();
        // More than is on the way at a time, so that some of it leaves after them.
        let (word, mut heard) = (vec![b'w'; 200_000], Vec::new());
        let says = async {
            inside.write_all(&word).await.unwrap();
            drop(inside);
        };
        let hears = async {
            outside.write_all(&[b'a'; 10_000]).await.unwrap();
            outside.read_to_end(&mut heard).await.unwrap();
        };
        tokio::join!(says, hears);
        assert!(heard == word, "{} bytes", heard.len());
        drop(outside);
        has_a_place(&guests).await;
    });
}

/// Who does not go although all has been said, or speaks without an end, keeps no place.
#[test]
fn who_does_not_leave_is_left() {
    run(async {
        let mut guests = guests(1, LONG, LONG).await;
        let address = guests.local_addr().unwrap();
        let (mut speaks, inside) = comes(&mut guests).await;
        drop(inside);
        let mut said = 0;
        while speaks.write_all(&[b'a'; 65_536]).await.is_ok() {
            said += 65_536;
        }
        assert!(said >= FAREWELL_BYTES, "they were heard out for a while: {said}");
        has_a_place(&guests).await;

        // Somebody else needs the place.
        let (_stays, inside) = comes(&mut guests).await;
        drop(inside);
        assert_eq!(guests.places.available_permits(), 0, "they have a moment");
        let _other = TcpStream::connect(address).await.unwrap();
        let clock = guests.clock;
        let let_in = clock.within(clock.uptime() + LONG / 2, guests.accept());
        drop(let_in.await.expect("the other one is let in"));
        // The bridge stops.
        guests.stop.cancel();
        has_a_place(&guests).await;

        let mut guests = self::guests(1, LONG, LONG).await;
        guests.patience.farewell_max = SHORT;
        let (_stays, inside) = comes(&mut guests).await;
        drop(inside);
        has_a_place(&guests).await;
    });
}
