//! Whether words that may be a name are one where they stand: "we hope she will grow" names nobody.

use super::{
    NameForm, common,
    words::{Case, Word, is_title},
};

/// Where a name may stand: the words of all texts, and the places of its first and last.
pub struct Place<'a> {
    /// The words of all texts.
    pub words: &'a [Word],
    /// The texts.
    pub parts: &'a [&'a str],
    /// The place of its first word.
    pub from: usize,
    /// The place of its last word.
    pub last: usize,
}

/// A name as it was matched.
pub struct Match<'a> {
    /// What of the name it is.
    pub form: NameForm,
    /// Its folded words in the order of the text.
    pub words: &'a [String],
    /// Last name first.
    pub reversed: bool,
    /// Two names in one word.
    pub glued: bool,
    /// A comma stands inside.
    pub comma: bool,
    /// Written like an address: `hope_young`.
    pub address: bool,
    /// The initial stands in another line than the first name.
    pub line: bool,
    /// The word in the text is the plural of the name.
    pub plural: bool,
}

impl Place<'_> {
    /// Whether the match is a name here.
    pub fn is_name(&self, found: &Match<'_>) -> bool {
        if found.plural {
            return found.form == NameForm::LastName && self.is_family();
        }
        match found.form {
            _ if found.glued => self.is_glued_name(found),
            NameForm::FullName => self.is_full_name(found),
            NameForm::FirstNameInitial => self.is_with_initial(found),
            _ if found.words.len() > 1 => found.words.iter().any(|word| !common::is_word(word)) || !self.is_small(),
            _ => self.is_lone_name(&found.words[0]),
        }
    }

    fn first(&self) -> &Word {
        &self.words[self.from]
    }

    fn is_small(&self) -> bool {
        self.words[self.from..=self.last].iter().any(Word::is_small)
    }

    /// The word before, in the same text.
    fn before(&self) -> Option<&Word> {
        let before = self.words.get(self.from.checked_sub(1)?)?;
        (before.part == self.first().part).then_some(before)
    }

    /// A word after, in the same sentence.
    fn after(&self, places: usize) -> Option<&Word> {
        let after = self.words.get(self.last + places)?;
        let previous = self.words.get(self.last + places - 1)?;
        (after.part == previous.part && !self.ends_between(previous, after)).then_some(after)
    }

    fn after_is(&self, is: fn(&str) -> bool) -> bool {
        self.after(1).is_some_and(|word| is(&word.folded))
    }

    fn before_is(&self, is: fn(&str) -> bool) -> bool {
        self.before().is_some_and(|word| is(&word.folded))
    }

    fn between(&self, one: &Word, two: &Word) -> &str {
        self.parts.get(one.part).and_then(|text| text.get(one.range.end..two.range.start)).unwrap_or("")
    }

    fn ends_between(&self, one: &Word, two: &Word) -> bool {
        !is_title(&one.folded) && self.between(one, two).contains(['.', '!', '?', ';', '\n'])
    }

    /// Whether a sentence, a line, a heading or a quotation begins here, so that any word has a capital.
    fn is_beginning(&self) -> bool {
        let Some(before) = self.before() else { return true };
        let between = self.between(before, self.first());
        let opens = between.contains(['.', '!', '?', ':', '\n', '"', '“', '«', '(', '*', '•', '–', '—']);
        opens && !is_title(&before.folded)
    }

    /// Whether capitals say nothing here, because the words around have nothing else.
    fn is_shouted(&self) -> bool {
        let loud = |word: &Word| word.case == Case::Shouted;
        loud(self.first()) && (self.before().is_some_and(loud) || self.after(1).is_some_and(loud))
    }

    /// What the words around say: somebody is meant, however the name is written.
    fn is_somebody(&self) -> bool {
        let thing = self.before_is(common::is_article) && !self.is_beginning();
        self.before_is(is_title) || (self.after_is(common::is_speech) && !thing)
    }

    /// What the words around say of a name with a capital that any word would have here.
    fn is_somebody_here(&self) -> bool {
        let name = self.first().base.as_ref().unwrap_or(&self.first().folded);
        let then = |is: fn(&str) -> bool| self.after(2).is_some_and(|word| is(&word.folded));
        let next = self.after(1).map(|word| word.folded.as_str()).unwrap_or("");
        let acts = self.after_is(common::is_done_by_people)
            || (common::is_verb(name) && common::is_after_verb(next))
            || (next == "left" && (then(common::is_after_left) || self.leaves_a_room()))
            || (matches!(next, "was" | "is" | "seemed" | "looked" | "appeared" | "became") && then(common::is_state));
        let beside = matches!(next, "and" | "or")
            && self.after(2).is_some_and(|word| word.case == Case::Capital && !common::is_word(&word.folded));
        let told = matches!(next, "a" | "another") && then(common::is_called);
        let own = self.first().is_possessive() && !common::is_time(name) && !common::is_small_word(name);
        let named = self.before_is(common::is_called);
        self.is_somebody() || acts || beside || told || own || named
    }

    /// "left the room": what nothing but a person does.
    fn leaves_a_room(&self) -> bool {
        let the = self.after(2).is_some_and(|word| word.folded == "the");
        let place = |word: &Word| matches!(word.folded.as_str(), "room" | "group" | "session" | "building" | "table");
        the && self.after(3).is_some_and(place)
    }

    /// "The Youngs", "the Young family".
    fn is_family(&self) -> bool {
        self.before().is_some_and(|word| word.folded == "the") && self.first().case == Case::Capital
    }

    fn is_lone_name(&self, name: &str) -> bool {
        if self.is_place(name) {
            return self.before_is(is_title);
        }
        if !common::is_word(name) {
            // "A martin nested above the door."
            return !self.first().is_small() || !self.before_is(|word| matches!(word, "a" | "an"));
        }
        if self.first().is_small() || self.is_shouted() {
            return self.is_somebody();
        }
        if common::is_small_word(name) {
            return self.is_somebody_here() || (self.before_is(common::is_before_people) && !self.is_beginning());
        }
        if self.is_beginning() && !common::is_name_with_capital(name) {
            return self.is_somebody_here();
        }
        let family = self.after(1).is_some_and(|word| matches!(word.folded.as_str(), "family" | "household"));
        let thing = self.before_is(common::is_before_place) && !family && !self.is_beginning();
        !self.is_time(name) && (!thing || self.is_somebody_here())
    }

    /// Part of the name of a street, a house, a programme: `Hope House`, `Lee Street`.
    fn is_place(&self, name: &str) -> bool {
        let capital = |word: &Word| word.case == Case::Capital;
        let any = common::is_word(name);
        let after: Vec<&Word> = (1..=3).map_while(|places| self.after(places).filter(|word| capital(word))).collect();
        let place = |word: &&Word| match any {
            true => common::is_place(&word.folded),
            false => {
                matches!(word.folded.as_str(), "street" | "avenue" | "road" | "hospital" | "university" | "school")
            }
        };
        let far = if any { 3 } else { 1 };
        let small = any
            && capital(self.first())
            && self.after(1).is_some_and(|word| {
                matches!(word.folded.as_str(), "shelter" | "program" | "programme" | "clinic" | "restaurant" | "scale")
            });
        capital(self.first()) && !self.first().is_possessive() && (after.iter().take(far).any(place) || small)
    }

    /// A month or a season: "in May", "May 5", "5 May", "Last Summer".
    fn is_time(&self, name: &str) -> bool {
        let number = |word: &Word| word.folded.starts_with(|letter: char| letter.is_ascii_digit());
        let range = |word: &Word| matches!(word.folded.as_str(), "to" | "until" | "through" | "till");
        let dated = self.before().is_some_and(number) || self.after(1).is_some_and(|word| number(word) || range(word));
        let acts = self.after_is(common::is_done_by_people);
        let is = self.after_is(|word| matches!(word, "is" | "was" | "will"));
        let dated = dated || (is && !self.after(2).is_some_and(|word| common::is_state(&word.folded)));
        common::is_time(name)
            && !acts
            && (dated || self.before_is(common::is_before_time) || self.joins_times() || self.is_part_of_time())
    }

    /// "The end of May"; "a friend of May" is somebody's.
    fn is_part_of_time(&self) -> bool {
        let part = |word: &Word| {
            let part =
                matches!(word.folded.as_str(), "end" | "beginning" | "start" | "middle" | "month" | "rest" | "most");
            part || word.folded.starts_with(|letter: char| letter.is_ascii_digit())
        };
        self.before_is(|word| word == "of")
            && self.from.checked_sub(2).and_then(|at| self.words.get(at)).is_some_and(part)
    }

    /// "April and May", "June or July".
    fn joins_times(&self) -> bool {
        let joined = self.before_is(|word| matches!(word, "and" | "or" | "to"));
        let earlier = self.from.checked_sub(2).and_then(|at| self.words.get(at));
        joined && earlier.is_some_and(|word| common::is_time(&word.folded))
    }

    /// All of the words are everyday words, or one is so small that it needs its capital.
    fn is_full_name(&self, found: &Match<'_>) -> bool {
        let small_word = found.words.iter().any(|word| common::is_small_word(word));
        if found.address {
            return true;
        }
        if small_word && found.reversed && !found.comma {
            return false;
        }
        let everyday = found.words.iter().all(|word| common::is_word(word));
        if !everyday {
            return !small_word || !self.is_small();
        }
        if self.is_small() || self.is_shouted_around() {
            return (found.comma && found.reversed && !self.is_small()) || self.is_somebody_small();
        }
        !self.is_place(&found.words[0]) || found.comma
    }

    /// The words around a name are all capitals, too.
    fn is_shouted_around(&self) -> bool {
        let loud = |word: &Word| word.case == Case::Shouted;
        let all = self.words[self.from..=self.last].iter().all(loud);
        all && (self.before().is_some_and(loud) || self.after(1).is_some_and(loud))
    }

    /// "with hope young about it", "hope young said", "mark long's": somebody is meant without capitals.
    fn is_somebody_small(&self) -> bool {
        let possessive = self.words[self.last].is_possessive();
        let ends = self.after(1).is_none_or(|word| common::is_after_people(&word.folded));
        let mixed = !self.first().is_small() && !self.is_beginning() && !self.is_shouted_around();
        possessive
            || self.is_somebody()
            || self.after_is(common::is_done_by_people)
            || self.after_is(common::is_after_verb)
            || (self.before_is(common::is_before_people) && (ends || mixed))
    }

    fn is_with_initial(&self, found: &Match<'_>) -> bool {
        let initial = &self.words[self.last];
        let rest = self.parts.get(initial.part).and_then(|text| text.get(initial.range.end..)).unwrap_or("");
        let dotted = rest.starts_with('.');
        let closed = !rest.starts_with(|letter: char| letter.is_whitespace());
        let article = matches!(initial.folded.as_str(), "i" | "a") && !dotted && !closed;
        let alone = initial.folded == "i" && !dotted && !initial.is_possessive();
        let next = self.words.get(self.last + 1).filter(|word| word.part == initial.part);
        let another = found.comma && (!dotted || next.is_some_and(|word| !word.is_small()));
        let list = another || found.line && rest.trim_start_matches(['.', ')', ' ']).starts_with(char::is_uppercase);
        let everyday = common::is_word(&found.words[0]);
        let unsaid = everyday && (self.first().is_small() || self.is_time(&found.words[0]));
        (dotted || !initial.is_small() || initial.is_possessive())
            && !(alone || article && found.line)
            && !list
            && (found.address || !unsaid)
    }

    /// Two names in one word: `HopeYoung`, or `hopeyoung` where that is no word.
    fn is_glued_name(&self, found: &Match<'_>) -> bool {
        let word = &self.words[self.last];
        if word.case == Case::Humped {
            return true;
        }
        let text = self.parts.get(word.part).copied().unwrap_or("");
        let address = text.get(word.range.end..).is_some_and(|rest| rest.starts_with('@'))
            || text.get(..word.range.start).is_some_and(|rest| rest.ends_with(['@', '#']));
        let name = &word.folded;
        let plain = name.chars().count() >= 6 && !common::is_word(name) && !common::is_compound(name);
        found.form == NameForm::FullName && (address || plain)
    }
}
