//! A time of the clock on the wall, to the minute, from 00:00 to 24:00.

/// `09:00`; `24:00` is the midnight that ends a day.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct ClockTime([u8; 5]);

/// A text that is no time of a clock.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("must be a time of the clock such as 09:00, at most 24:00")]
pub struct BadClockTime;

impl ClockTime {
    /// Minutes of a day by the clock on the wall.
    pub const DAY: u16 = 24 * 60;

    /// Reads hours and minutes, each of two digits.
    ///
    /// # Errors
    /// [`BadClockTime`].
    pub fn parse(text: &str) -> Result<Self, BadClockTime> {
        let bytes: [u8; 5] = text.trim().as_bytes().try_into().map_err(|_| BadClockTime)?;
        let [tens, ones, b':', tens_of_minutes, minutes] = bytes else { return Err(BadClockTime) };
        let digits = [tens, ones, tens_of_minutes, minutes];
        let read = Self(bytes);
        let fits = digits.iter().all(u8::is_ascii_digit) && tens_of_minutes < b'6' && read.minutes() <= Self::DAY;
        if fits { Ok(read) } else { Err(BadClockTime) }
    }

    /// Minutes after midnight: 0 to 1,440.
    pub fn minutes(self) -> u16 {
        let digit = |at: usize| u16::from(self.0[at].saturating_sub(b'0'));
        (digit(0) * 10 + digit(1)) * 60 + digit(3) * 10 + digit(4)
    }

    fn as_text(&self) -> &str {
        std::str::from_utf8(&self.0).unwrap_or("00:00")
    }
}

crate::parsed_text!(ClockTime, BadClockTime, "A time of the clock on the wall, 00:00 to 24:00.", "09:00");
