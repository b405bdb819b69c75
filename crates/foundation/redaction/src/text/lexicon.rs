//! What words mean, by lists.
//!
//! Promises: one look-up per word, whatever its case, of which no text can make a slow one: the lists are ours. The lists of names are described in `words/README.md`.

use std::collections::HashMap;
use std::sync::LazyLock;

/// What a word may be; several at once.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(super) struct Meaning(u16);

impl Meaning {
    /// A given name and hardly anything else.
    pub(super) const GIVEN: Self = Self(1);
    /// A given name and a word or place as well.
    pub(super) const MAYBE_GIVEN: Self = Self(2);
    pub(super) const SURNAME: Self = Self(4);
    /// "Mr", "Dr": a name follows.
    pub(super) const TITLE: Self = Self(8);
    /// "Dear", "named": a name may follow.
    pub(super) const CALL: Self = Self(16);
    /// Inside of a surname: "van", "de".
    pub(super) const PARTICLE: Self = Self(32);
    /// Never part of a name: the commonest words, days, months.
    pub(super) const PLAIN: Self = Self(64);
    pub(super) const MONTH: Self = Self(128);
    /// At the end of the name of a street: "Street", "Rd".
    pub(super) const STREET: Self = Self(256);
    /// At the beginning of one: "rue", "Calle".
    pub(super) const STREET_HEAD: Self = Self(512);
    /// Of a company or institution: "Inc", "University".
    pub(super) const COMPANY: Self = Self(1024);
    /// Of a house: "Apt", "Suite".
    pub(super) const UNIT: Self = Self(2048);
    /// At the end of the name of a street, and a word as well: "Springs"; a flat or town must follow.
    pub(super) const MAYBE_STREET: Self = Self(4096);

    pub(super) fn has(self, other: Self) -> bool {
        self.0 & other.0 != 0
    }

    pub(super) fn is_month(self) -> bool {
        self.has(Self::MONTH)
    }
}

/// What this word may be.
pub(super) fn meaning(word: &str) -> Meaning {
    LEXICON.meaning(word.as_bytes()).unwrap_or_else(|| {
        // Seldom: a letter outside of ASCII, whose small form may have another length.
        let small = word.to_lowercase();
        LEXICON.meaning_of_small(small.as_bytes())
    })
}

/// The lists, by the lengths of their words: what has sixteen bytes at most is compared as a number.
struct Lexicon {
    short: Table<u64>,
    middle: Table<u128>,
    long: HashMap<&'static [u8], Meaning>,
}

static LEXICON: LazyLock<Lexicon> = LazyLock::new(|| {
    let mut words: HashMap<&[u8], Meaning> = HashMap::with_capacity(48_000);
    for (list, meaning) in LISTS {
        for word in list.split_whitespace() {
            words.entry(word.as_bytes()).or_default().0 |= meaning.0;
        }
    }
    let (short, words): (Vec<_>, Vec<_>) = words.into_iter().partition(|(word, _)| word.len() <= 8);
    let (middle, long): (Vec<_>, Vec<_>) = words.into_iter().partition(|(word, _)| word.len() <= 16);
    Lexicon {
        short: Table::new(short.into_iter().map(|(word, meaning)| (packed(word), meaning))),
        middle: Table::new(
            middle
                .into_iter()
                .map(|(word, meaning)| (packed_long(word), meaning)),
        ),
        long: long.into_iter().collect(),
    }
});

impl Lexicon {
    /// `None` when there is a letter outside of ASCII in the word.
    fn meaning(&self, word: &[u8]) -> Option<Meaning> {
        match word.len() {
            0..=8 => {
                let key = packed(word);
                let small = key | SMALL >> (64 - 8 * word.len().max(1));
                (key & HIGH == 0).then(|| self.short.get(small))
            }
            9..=16 => {
                let (key, small) = (packed_long(word), u128::from(SMALL));
                let small = (small << 64 | small) >> (128 - 8 * word.len());
                let is_ascii = key & (u128::from(HIGH) << 64 | u128::from(HIGH)) == 0;
                is_ascii.then(|| self.middle.get(key | small))
            }
            17..=LONGEST if word.is_ascii() => Some(self.meaning_of_small(&word.to_ascii_lowercase())),
            17..=LONGEST => None,
            _ => Some(Meaning::default()),
        }
    }

    fn meaning_of_small(&self, word: &[u8]) -> Meaning {
        match word.len() {
            0..=8 => self.short.get(packed(word)),
            9..=16 => self.middle.get(packed_long(word)),
            _ => self.long.get(word).copied().unwrap_or_default(),
        }
    }
}

/// No word of the lists is longer, in bytes.
const LONGEST: usize = 24;

/// The bit by which small letters differ from capital ones in ASCII, in each byte.
const SMALL: u64 = 0x2020_2020_2020_2020;
/// The bit that no byte of ASCII has.
const HIGH: u64 = 0x8080_8080_8080_8080;

/// At most eight bytes as a number. Read from both ends, so that nothing is copied byte by byte.
fn packed(word: &[u8]) -> u64 {
    match (word.first_chunk::<4>(), word.last_chunk::<4>()) {
        (Some(first), Some(last)) => {
            let last = u64::from(u32::from_le_bytes(*last));
            u64::from(u32::from_le_bytes(*first)) | last << (8 * (word.len() - 4))
        }
        _ => word
            .iter()
            .rev()
            .fold(0, |number, &byte| number << 8 | u64::from(byte)),
    }
}

/// Nine to sixteen bytes as a number.
fn packed_long(word: &[u8]) -> u128 {
    match (word.first_chunk::<8>(), word.last_chunk::<8>()) {
        (Some(first), Some(last)) => {
            let last = u128::from(u64::from_le_bytes(*last));
            u128::from(u64::from_le_bytes(*first)) | last << (8 * (word.len() - 8))
        }
        _ => u128::from(packed(word)),
    }
}

/// Words as numbers, each at the first free place from where its hash points. 0 is no word.
struct Table<K> {
    words: Vec<K>,
    meanings: Vec<Meaning>,
    /// How far to the right a hash is moved to be a place.
    shift: u32,
}

impl<K: Copy + Default + PartialEq + Into<u128>> Table<K> {
    fn new(words: impl ExactSizeIterator<Item = (K, Meaning)>) -> Self {
        // At most three quarters full: as small as may be, so that it stays near the processor.
        let places = (words.len() + words.len() / 3 + 1).next_power_of_two().max(2);
        let mut table = Self {
            words: vec![K::default(); places],
            meanings: vec![Meaning::default(); places],
            shift: 64 - places.trailing_zeros(),
        };
        for (word, meaning) in words {
            let place = table.place(word);
            table.words[place] = word;
            table.meanings[place] = meaning;
        }
        table
    }

    fn get(&self, word: K) -> Meaning {
        let place = self.place(word);
        match self.words[place] == word {
            true => self.meanings[place],
            false => Meaning::default(),
        }
    }

    /// Where the word stands, or the free place where it would. INVARIANT: a quarter of the places is free.
    fn place(&self, word: K) -> usize {
        let number: u128 = word.into();
        let (low, high) = (number as u64, (number >> 64) as u64);
        let hash = (low.wrapping_mul(0x9E37_79B9_7F4A_7C15) ^ high).wrapping_mul(0x9E37_79B9_7F4A_7C15);
        // The number of places is a power of two.
        let last = self.words.len() - 1;
        let mut place = (hash >> self.shift) as usize & last;
        while self.words[place] != word && self.words[place] != K::default() {
            place = (place + 1) & last;
        }
        place
    }
}

const LISTS: &[(&str, Meaning)] = &[
    (include_str!("words/given.txt"), Meaning::GIVEN),
    (include_str!("words/given_ambiguous.txt"), Meaning::MAYBE_GIVEN),
    (include_str!("words/surnames.txt"), Meaning::SURNAME),
    (TITLES, Meaning::TITLE),
    (CALLS, Meaning::CALL),
    (PARTICLES, Meaning::PARTICLE),
    (include_str!("words/plain.txt"), Meaning::PLAIN),
    (MONTHS, Meaning::MONTH),
    (STREETS, Meaning::STREET),
    (MAYBE_STREETS, Meaning::MAYBE_STREET),
    (STREET_HEADS, Meaning::STREET_HEAD),
    (COMPANIES, Meaning::COMPANY),
    (UNITS, Meaning::UNIT),
];

const TITLES: &str = "mr mrs ms miss mister dr prof professor sir madam mme mlle monsieur madame herr frau señor señora \
    sr sra signor signora sig dhr mevr mevrouw meneer pan pani rev reverend sgt capt captain lt judge senator fr \
    härra proua hr";

const CALLS: &str = "dear named called surname lastname firstname forename hi hello hey sincerely regards \
    patient client customer employee signed attn cc";

const PARTICLES: &str =
    "van von de der den del della di da dos das du la le el al bin ibn ter ten zu zum af av y e";

const MONTHS: &str = "january february march april may june july august september october november december \
    jan feb mar apr jun jul aug sep sept oct nov dec januar februar märz mai juni juli oktober dezember \
    janvier février mars avril juin juillet août septembre octobre novembre décembre \
    enero febrero marzo abril mayo junio julio agosto septiembre octubre noviembre diciembre \
    gennaio febbraio aprile maggio giugno luglio settembre ottobre dicembre \
    januari februari maart mei augustus maj augusti jaanuar veebruar märts aprill juuni juuli detsember";

const STREETS: &str = "street st road rd avenue ave av lane ln drive dr court ct boulevard blvd way terrace tce ter circle cir \
    place pl parkway pkwy square sq close crescent cres highway hwy trail trl mews walk hill loop row gardens grove \
    esplanade parade pde ridge plaza alley expressway turnpike pike \
    gate gata vei veg straat weg laan plein kade singel dreef gade vej allé utca út tér rakpart körút tänav tn maantee mnt pst puiestee \
    strasse straße gasse allee platz ring ulica cesta náměstí třída nám str tori katu tie polku iela gatve";

/// What else the postal service of the United States knows as the end of a street (Publication 28, appendix C1).
const MAYBE_STREETS: &str = "annex arcade bayou beach bend bluff bluffs bottom branch bridge brook brooks burg burgs bypass camp canyon \
    cape causeway center centers circles cliff cliffs club common commons corner corners course courts cove coves creek crest crossing \
    crossroad crossroads curve dale dam divide drives estate estates extension extensions fall falls ferry field fields flat flats ford \
    fords forest forge forges fork forks fort freeway garden gateway glen glens green greens groves harbor harbors haven heights hills \
    hollow inlet island islands isle junction junctions key keys knoll knolls lake lakes land landing light lights loaf lock locks lodge \
    mall manor manors meadow meadows mill mills mission motorway mount mountain mountains neck orchard oval overpass park parks \
    parkways pass passage path pine pines plain plains plazas point points port ports prairie radial ramp ranch rapid rapids rest ridges \
    river roads route run shoal shoals shore shores skyway spring springs spur spurs squares station stravenue stream streets summit \
    throughway trace track trafficway tunnel underpass union unions valley valleys viaduct view views village villages ville vista walks wall \
    ways well wells";

const STREET_HEADS: &str = "rue avenue boulevard bd chemin allée impasse quai route place cours calle avenida paseo plaza carrera camino \
    via viale piazza corso vicolo strada largo rua travessa estrada praça ul ulica aleja aleje os osiedle pl strada strasse bulevardul \
    carrer avinguda ronda";

const COMPANIES: &str = "inc llc ltd limited corp corporation gmbh ag plc co company group holdings sa nv bv ab oy as oü spa srl kg lp llp \
    university college hospital clinic school church bank institute foundation museum airport station university's county city \
    street avenue road bridge park river lake island mountain ventures partners trust fund technologies systems industries \
    pharmaceuticals therapeutics sons brothers associates award prize cup orchestra awards act effect syndrome disease";

const UNITS: &str = "apt apartment suite ste unit floor fl flat room rm box p.o po building bldg";

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn words_of_every_length_are_found_in_any_case() {
        for word in [
            "y",
            "mr",
            "Via",
            "ANNA",
            "smith",
            "Dear",
            "Surname",
            "december",
            "boulevard",
            "BULEVARDUL",
            "institute",
            "Universität",
            "pharmaceuticals",
            "märz",
            "MÄRZ",
            "tänav",
            "strasse",
            "STRAßE",
        ] {
            let listed = LISTS
                .iter()
                .filter(|(list, _)| list.split_whitespace().any(|it| it == word.to_lowercase()));
            let all = listed.fold(0, |all, (_, meaning)| all | meaning.0);
            assert_eq!(meaning(word), Meaning(all), "{word}");
        }
    }

    #[test]
    fn every_word_of_every_list_is_found() {
        for (list, means) in LISTS {
            for word in list.split_whitespace() {
                assert!(word.len() <= LONGEST, "{word}");
                assert!(meaning(word).has(*means), "{word}");
                // Letters outside of ASCII may have another small form than they came from.
                assert!(
                    !word.is_ascii() || meaning(&word.to_ascii_uppercase()).has(*means),
                    "{word}"
                );
            }
        }
    }

    #[test]
    fn what_is_not_listed_means_nothing() {
        for word in [
            "",
            "q",
            "qqqq",
            "smithq",
            "smitq",
            "an\0",
            "annaannaannaanna",
            "xxxxxxxxxxxxxxxxxxxxxxxxxxxxx",
        ] {
            assert_eq!(meaning(word), Meaning::default(), "{word}");
        }
    }
}
