//! What stands on the screen of a kiosk: few words, large, and no name but the own.

pub mod staff;

use ::rules::kiosk::{SIGNATURE_HEIGHT, SIGNATURE_WIDTH};
use maud::{Markup, Render as _, html};

use super::actions::Seen;
use crate::shell::{
    assets::asset,
    layout::BarePage,
    ui::{Button, Field, Form, Icon, Notice, Tone, Width, field_row, fieldset, form_actions, stack, with_script},
};

::rules::vocabulary! {
    /// What is said above a form that did not lead on.
    pub enum Said {
        /// Nobody was found.
        Again = "again",
        /// Too many tries.
        Wait = "wait",
        /// Nothing was signed.
        Unsigned = "unsigned",
    }
}

fn notice(said: Said) -> Notice {
    match said {
        Said::Again => Notice::new(Tone::Warn, "We could not find you by this code and birth date.")
            .text("Please check both and try again, or see the front desk."),
        Said::Wait => Notice::new(Tone::Warn, "Please wait a moment, then try again.").text("Or see the front desk."),
        Said::Unsigned => Notice::new(Tone::Warn, "Please sign in the field, or type your name."),
    }
}

fn page(title: &str, organization: &str, body: Markup) -> Markup {
    BarePage::new(title).organization(organization).wide().style("kiosk.css").script("kiosk.js").body(body).render()
}

/// The screen that waits for somebody.
pub fn start(organization: &str, code: &str, said: Option<Said>) -> Markup {
    let part = |name: &str, label: &str, length: u32| {
        Field::text(name, label).input_mode("numeric").max_length(length).width(Width::Short).autocomplete("off")
    };
    let code_field = Field::text("code", "Your code").value(code).max_length(20).autocomplete("off");
    let month = part("birth_month", "Month", 2);
    let (code_field, month) = match code {
        "" => (code_field.autofocus(), month),
        _ => (code_field, month.autofocus()),
    };
    let fields = html! {
        (code_field.hint("Scan the square on your slip, or type the eight letters and digits."))
        (camera())
        (fieldset("Your birth date", Some("Guests, whose code begins with G, leave this empty."), field_row(html! {
            (month)
            (part("birth_day", "Day", 2))
            (part("birth_year", "Year", 4))
        })))
        (form_actions(html! { (Button::primary("Check in")) }))
    };
    let body = html! {
        div.kiosk data-kiosk="start" {
            @if let Some(said) = said { (notice(said)) }
            (Form::post("/kiosk").id("knock").checked_by_server().body(fields))
            p.kiosk-foot { a href="/kiosk/close" { "Staff: close this kiosk" } }
        }
    };
    page("Welcome. Please check in.", organization, body)
}

/// The camera, where the browser can read codes with it: shown by its own script, before anything below is drawn.
fn camera() -> Markup {
    html! {
        div.camera data-camera hidden {
            button.btn type="button" data-camera-start { (Icon::Video) span { "Scan the code" } }
            div.camera-view data-camera-view hidden {
                video muted playsinline aria-label="What the camera sees" {}
                p { "Hold the square on your slip up to the camera." }
                button.btn type="button" data-camera-stop { "Stop the camera" }
            }
            p.camera-said role="status" data-camera-said {}
        }
        script src=(asset("camera.js")) {}
    }
}

/// The screen of somebody who was recognized: their first name, the time of their session, and the field to sign in.
pub fn sign(organization: &str, seen: &Seen, said: Option<Said>) -> Markup {
    let time = seen.session.zone.local(seen.session.starts_at).strftime("%H:%M").to_string();
    let fields = html! {
        (with_script(html! {
            div.pad-field {
                div.pad-head {
                    p #pad-label { "Sign here with your finger or a pen" }
                    button.btn.btn-quiet type="button" data-pad-clear { "Clear" }
                }
                canvas.pad width=(SIGNATURE_WIDTH) height=(SIGNATURE_HEIGHT) role="img" aria-labelledby="pad-label" data-pad {}
            }
        }))
        input type="hidden" name="strokes" value="" data-pad-strokes;
        div.pad-foot {
            (Field::text("typed_name", "Or type your name").max_length(200).autocomplete("off"))
            (Button::primary("I am here"))
        }
    };
    let body = html! {
        div.kiosk data-kiosk="sign" {
            @if let Some(said) = said { (notice(said)) }
            p.lede { "Your session begins at " (time) ". Please sign, and you are checked in." }
            (Form::post("/kiosk/sign").id("sign").checked_by_server().body(fields))
            (Form::post("/kiosk/leave").inline().body(html! { (Button::quiet("This is not me")) }))
        }
    };
    let greeting = seen.first_name.as_ref().map_or_else(|| "Hello".to_owned(), |name| format!("Hello, {name}"));
    page(&greeting, organization, body)
}

fn ending(title: &str, organization: &str, words: &str) -> Markup {
    let body = stack(html! {
        p.lede { (words) }
        div.toolbar { (Button::primary("Done").href("/kiosk")) }
    });
    page(title, organization, html! { div.kiosk data-kiosk="end" { (body) } })
}

/// Somebody is checked in.
pub fn thanks(organization: &str) -> Markup {
    ending("Thank you", organization, "You are checked in. Please take a seat; you will be called.")
}

/// Something is to be settled first. What, is nobody's business who stands near.
pub fn front_desk(organization: &str) -> Markup {
    ending("Please see the front desk", organization, "Our staff will check you in there. Thank you for your patience.")
}

/// Closing the kiosk by the password of somebody of the staff.
pub fn close(organization: &str, refused: Option<&str>) -> Markup {
    let fields = html! {
        (Field::email("email", "E-mail").autocomplete("off").required().autofocus())
        (Field::password("password", "Password").autocomplete("off").required())
        (form_actions(html! {
            (Button::primary("Close the kiosk"))
            (Button::quiet("Back").href("/kiosk"))
        }))
    };
    let body = html! {
        div.kiosk data-kiosk="close" {
            @if let Some(refused) = refused { (Notice::new(Tone::Bad, refused)) }
            p { "For staff who may check people in. Closing it makes this browser an ordinary one again." }
            (Form::post("/kiosk/close").checked_by_server().body(fields))
        }
    };
    page("Close this kiosk", organization, body)
}

/// This browser is no kiosk, or no longer.
pub fn no_kiosk() -> Markup {
    let body = stack(html! {
        p { "The kiosk was closed, or was not opened in this browser. Staff open one under Today, Kiosks." }
        div.toolbar { (Button::primary("Sign in").href("/sign-in")) }
    });
    BarePage::new("This kiosk is not open").body(body).render()
}
