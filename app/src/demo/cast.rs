//! Who is in the demo: nobody who exists.

use ::rules::permissions::{Flag, Role};

/// One login a role, with the flags that make the story worth telling.
pub const STAFF: &[(Role, &str, &[Flag])] = &[
    (Role::Admin, "Alex Morgan", &[]),
    (Role::Superuser, "Robin Stone", &[]),
    (Role::Manager, "Marta Vega", &[]),
    (Role::RecordsAdmin, "Rene Fischer", &[]),
    (Role::Doctor, "Amara Okafor", &[Flag::CanReview]),
    (Role::AlliedHealth, "Ines Carvalho", &[]),
    (Role::Therapist, "Dana Whitfield", &[]),
    (Role::CaseManager, "Jonah Pike", &[Flag::RequiresReview]),
    (Role::OtherTherapist, "Mei Tanaka", &[]),
    (Role::Nurse, "Noor Rahman", &[]),
    (Role::Receptionist, "Riley Chen", &[]),
    (Role::Biller, "Bea Lindqvist", &[]),
    (Role::Auditor, "Otis Grant", &[]),
];

/// A patient: given name, family name, preferred name, name in another script, birth date.
pub type Person =
    (&'static str, &'static str, Option<&'static str>, Option<(&'static str, &'static str)>, &'static str);

/// The patients of Northside.
pub const PATIENTS: &[Person] = &[
    ("Maria", "Santos", None, None, "1984-02-11"),
    ("José", "Núñez", Some("Pepe"), None, "1979-07-30"),
    ("Amélie", "Dubois", None, None, "1991-11-05"),
    ("Thomas", "O’Brien", Some("Tom"), None, "1968-03-17"),
    ("Wei", "Li", None, Some(("伟", "李")), "1995-09-01"),
    ("Zoë", "Ahmed", None, Some(("زوي", "أحمد")), "2001-01-22"),
    ("Ruth", "Cohen", None, Some(("רות", "כהן")), "1957-06-09"),
    ("Kofi", "Mensah", None, None, "1988-12-14"),
    ("Anna", "Kowalska", Some("Ania"), None, "1993-04-04"),
    ("Ivy", "Collins", None, None, "1999-08-19"),
    ("Samuel", "Carter", Some("Sam"), None, "1976-10-27"),
    ("Nina", "Petrova", None, Some(("Нина", "Петрова")), "1982-05-16"),
    ("Omar", "Haddad", None, Some(("عمر", "حداد")), "1990-02-28"),
    ("Grace", "Kim", None, Some(("은혜", "김")), "2003-07-07"),
    ("Leo", "Rossi", None, None, "1985-01-31"),
    ("Fatima", "El-Sayed", None, Some(("فاطمة", "السيد")), "1972-09-23"),
    ("Björn", "Lindgren", None, None, "1964-11-11"),
    ("Priya", "Raman", None, Some(("பிரியா", "ராமன்")), "1997-03-03"),
    ("Daniel", "Harris", Some("Dan"), None, "1969-12-29"),
    ("Chloé", "Martin", None, None, "2000-06-18"),
    ("Hiroshi", "Sato", None, Some(("浩", "佐藤")), "1961-04-25"),
    ("Elena", "Davis", None, None, "1978-08-08"),
    ("Marcus", "Reed", None, None, "1994-10-10"),
    ("Tessa", "van Dijk", None, None, "1987-02-02"),
    ("Adaeze", "Nwosu", Some("Ada"), None, "1992-12-12"),
    ("Pavel", "Novák", None, None, "1955-05-05"),
    ("Lucía", "Fernández", None, None, "1998-09-14"),
    ("William", "Hope", Some("Will"), None, "1983-03-21"),
    ("Rosa", "Grace", None, None, "1966-07-13"),
    ("Yusuf", "Demir", None, None, "1989-11-27"),
    ("Hannah", "Becker", None, None, "1974-01-09"),
    ("Siobhán", "Byrne", None, None, "1996-06-30"),
    ("Carlos", "Mendoza", None, None, "1981-04-17"),
    ("Aisha", "Bello", None, None, "2002-10-03"),
    ("Viktor", "Horvat", None, None, "1959-08-28"),
    ("Nadia", "Rahimi", None, None, "1986-12-06"),
    ("Peter", "Schmidt", None, None, "1970-02-24"),
    ("Olivia", "Brooks", Some("Liv"), None, "1995-05-29"),
    ("Jamal", "Edwards", None, None, "1977-09-09"),
    ("Mai", "Nguyen", None, None, "1993-01-15"),
];
