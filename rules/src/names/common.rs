//! Names that are everyday words too: written small they are read as words.

/// Folded, in alphabetical order.
const WORDS: &str = "\
    ace amber an and angel any april art as ash august autumn baker ball banks barber battle be bell best bill \
    bishop black bliss bloom bob bond boss bright brooks brown buck bush but can carol carter case cash chance \
    charity chase chip christian chuck church clay cliff close cole colt come constance cook cooper cross \
    crystal daisy dale dawn day dean destiny do drew duke dusty early east ebony english eve ever faith farmer \
    felicity field fields fine fisher flowers for forest foster fox frank free friend garden gay gene genesis \
    glen go gold good grace grant gray green grey guy hall han hand harmony haven hay hazel he heather held her \
    hill him his holiday holly honor hope house hunt hunter hurt i in iris is it ivy jack jade jasmine jay jean \
    jerry jewel joy june just justice ken king kit knight lake lance lane laurel law le lee liberty lily little \
    long love low major man mark marsh mason max may me melody mercy merry miles miller misty moody moon more my \
    new nick no noble norm north not of olive on or page pain paris park parker pat patience pearl peg penny \
    phoenix piper pleasant poppy porter power powers precious price prince princess promise rain randy ray read \
    reed rich river rivers rob robin rocky rod rose royal ruby rush rusty sage sandy savage see serenity sharp \
    she short silver singer skip sky small so son song south speaker spring star stone storm strong sue summer \
    sun sunny tab tad taylor ted than the to too trinity trip true turner tyler unity van victor violet wade \
    walker ward was waters way we weaver west white will willow winter wise wood woods wren yes you young";

/// Whether a folded name is an everyday word.
pub fn is_word(name: &str) -> bool {
    WORDS.split(' ').any(|word| word == name)
}
