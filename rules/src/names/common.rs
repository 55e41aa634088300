//! Words that are names too, and the words around a name that tell which of the two is meant.

use std::collections::HashSet;
use std::sync::LazyLock;

/// Words that are names too, folded.
const WORDS: &str = "\
    ace amber an and angel any april are art as ash august autumn baker ball ban banks barber battle be bell best bill \
    bird bishop black bliss bloom blue bob bond boss brave bright brooks brown buck burns bush but call can carol carter case cash \
    chance charity chase chip christian chuck church clay cliff close cloud cold cole colt come constance cook cooper cotton \
    cross crystal daisy dale dawn day days dean dear destiny do drew duke dusty dung early east ebony english eve ever \
    faith fan farmer fast favor felicity field fields fine fisher flowers for ford forest foster fox frank free french \
    friend gain garden gates gay gene genesis german glen go gold good grace grant gray green grey guy hale hall hand \
    handy happy hard harmony haven hay hazel he head heart heather held her hero hill hills him his holiday holly honey \
    honor hood hook hope house hunt hunter hurt i in iris is it ivy jack jade jasmine jean jerry jewel job joy june just justice ken key \
    kind king kit knight lake lamb land lane lark laurel law le lee liberty light lily little long love low lucky lyric \
    major man march mark marks marsh mason max may me meadow mean means melody mercy merry mike miles mill miller mine \
    minor misty monday moody moon more my needle new nick night no noble north not now of old olive on one or pace page pain \
    pan paris park parker pat patience paw peace pearl peg penny phat phoenix pierce pike pine piper place pleasant poet pool poor \
    pope poppy porter pound power powers precious price prince princess promise prosper proud quick quiet rain rainbow \
    randy ray read ready reason red reed rest rice rich river rivers rob robin rock rocky rod rose round royal rowe ruby \
    rush rust rusty sad sage said sandy savage say see self sense serenity shade sharp she ship short silver singer skip \
    sky small smart so son song sorrow south speaker spring star stern still stone storm strange strong sue summer \
    summers sun sung sunday sunny swift tad tan taylor temple than the time to too town treasure trinity trip true truth \
    turner twig unity up us van victor victory violet wade walk walker wall wan war ward was waters way ways we weaver \
    week weeks well wells west white wild will willow winter winters wise wolf wood woods word worth wren yes you young";

/// Those of them that are names whenever they have a capital, also at the beginning of a sentence.
const NAMES_WITH_CAPITAL: &str = "\
    bob carol carter chuck cole cooper drew heather jack jasmine jerry ken lee mason max mike miller nick parker pat peg piper robin tad taylor turner \
    tyler victor walker ray randy fisher foster";

/// Those that are names with a capital only where something else says so.
const SMALL_WORDS: &str = "\
    an and any are as be but can come do ever for go he her him his i in is it just le me more my new no not now of on \
    one or say see she so than the to too up us was we well yes you";

/// Words that start with two names and are none.
const COMPOUNDS: &str = "\
    artful artist artwork billboard billfold bluebell bobcat brownstone carpark daybreak daylight daytime deanship donkey \
    earthling evening everyone faithful fairway firearm fisherman forbid goldfish goodman goodwill graceful gracious \
    greenhouse handball handbook handshake heartbreak hollywood hopeful horsepower jaywalker joyful joyride kidney killjoy \
    kingfisher lawsuit leeway longhand longing lovejoy lovely manhood markdown marking marksman mayday maybe moonlight \
    newman overjoyed pattern payday pennyworth railway rosebush roseland rosewood sandman sandstone silverstone skylark \
    springfield springtime starlight sunday sunlight sunray sunrise sunshine summertime talking taking waterway whitehall \
    whitehead wildlife willful willing willpower winterize woodland woodwork workday yesterday youngster";

/// Months and seasons.
const TIMES: &str = "april may june august autumn summer summers winter winters spring sunday march monday";

/// Words before a time.
const BEFORE_TIMES: &str = "\
    in since until till by last next this early late mid during through before after between each every end on";

/// Words after a capital that make it the name of a place, a house or a programme.
const PLACES: &str = "\
    street st avenue ave road rd boulevard blvd lane drive house home center centre church chapel hospital clinic school \
    elementary high college university academy park beach county city hall community garden gardens apartments manor \
    shelter foundation institute ministries project program programme group class course camp therapy adults adult youth \
    scale inventory index rating ratings mania act bank library museum building bridge river lake island horse cross \
    team study recovery way unit ward restaurant cafe inn hotel society association services service";

/// Words before a capital that make it the name of a place, a house or an idea.
const BEFORE_PLACES: &str = "the a an new camp saint st mount project fort lake port amazing no some every";

/// Words before a name: somebody follows.
const BEFORE_PEOPLE: &str = "\
    with beside told tells asked asks thanked hugged behind against called named nicknamed near toward towards by from \
    interrupted joined helped met saw likes dislikes trusts avoids avoided blamed teased borrowed between peer partner \
    member name opposite to for and mr mrs ms miss dr";

/// Nouns and verbs before a name: what follows is called so, whatever stands between.
const CALLED: &str = "called named nicknamed peer partner participant member friend name call calls surname buddy";

/// What only people do.
const PEOPLE_DO: &str = "\
    said says told tells asked asks answered replied shouted yelled screamed whispered cried laughed smiled wept nodded \
    apologized apologised interrupted argued agreed disagreed arrived called sat slept spoke talked shared disclosed denied \
    denies refused declined thanked hugged handed joined listened participated attended threatened teased borrowed \
    commented complained explained suggested recalled admitted insisted knows knew texted pushed grabbed wants wanted \
    thinks thought stated states giggled sobbed stormed winked shrugged snored swore cursed prayed sang danced \
    volunteered fidgeted paced sighed blushed stared glared waved arrives sits speaks talks argues listens agrees";

/// What people do in words: said of nobody and nothing else, even where names are written small.
const SPEECH: &str = "\
    said says told tells asked asks replied shouted yelled whispered cried laughed apologized apologised interrupted \
    argued agreed disagreed";

/// Verbs that are names too: a past tense or another verb after them makes them names.
const VERBS: &str = "will skip drew rob sue wade";

/// Verbs that follow such a name.
const AFTER_VERBS: &str = "was is has had made left came gave took went got kept felt did does seemed looked brought";

/// Where somebody goes after "left".
const AFTER_LEFT: &str = "early before group after during without because when late session";

/// What people are, after "was".
const STATES: &str = "\
    crying upset angry late quiet absent tearful anxious present tired loud asked told talking sitting silent annoyed \
    irritable kind rude mad drunk laughing joking asleep sleeping pregnant agitated withdrawn";

/// Small words after a name, or the end of what is said of somebody.
const AFTER_PEOPLE: &str = "\
    today yesterday again and about who whom in at on after before during for when while because whether to twice once \
    but as if or was is had has since until then that";

/// Articles and the like: what follows is a thing.
const ARTICLES: &str = "a an the her his its my our their your no some any this that of";

fn set(words: &'static str) -> HashSet<&'static str> {
    words.split_whitespace().collect()
}

macro_rules! lists {
    ($($(#[$doc:meta])* $function:ident = $list:ident;)*) => {$(
        $(#[$doc])*
        pub fn $function(word: &str) -> bool {
            static SET: LazyLock<HashSet<&'static str>> = LazyLock::new(|| set($list));
            SET.contains(word)
        }
    )*};
}

lists! {
    /// Whether a folded name is an everyday word.
    is_word = WORDS;
    /// Whether an everyday word with a capital is a name even where a sentence begins.
    is_name_with_capital = NAMES_WITH_CAPITAL;
    /// Whether a word needs more than a capital to be a name.
    is_small_word = SMALL_WORDS;
    /// Whether two names in one word are an everyday word.
    is_compound = COMPOUNDS;
    /// Whether a word is a month or a season.
    is_time = TIMES;
    /// Whether a word stands before a time.
    is_before_time = BEFORE_TIMES;
    /// Whether a word with a capital makes what is before it the name of a place.
    is_place = PLACES;
    /// Whether a word makes what is after it the name of a place or of a thing.
    is_before_place = BEFORE_PLACES;
    /// Whether a word stands before people.
    is_before_people = BEFORE_PEOPLE;
    /// Whether what follows is called so.
    is_called = CALLED;
    /// Whether only people do this.
    is_done_by_people = PEOPLE_DO;
    /// Whether it is said of people only, however their names are written.
    is_speech = SPEECH;
    /// Whether a name is a verb, too.
    is_verb = VERBS;
    /// Whether a word makes a verb before it a name.
    is_after_verb = AFTER_VERBS;
    /// Whether a word after "left" makes it what a person does.
    is_after_left = AFTER_LEFT;
    /// Whether a word after "was" makes it what a person is.
    is_state = STATES;
    /// Whether a word may stand after a person.
    is_after_people = AFTER_PEOPLE;
    /// Whether what follows is a thing.
    is_article = ARTICLES;
}
