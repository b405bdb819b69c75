//! What words mean, by lists.
//!
//! Promises: one look-up per word, whatever its case. The lists of names are described in `words/README.md`.

use std::collections::HashMap;
use std::hash::{BuildHasherDefault, Hasher};
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
    const LONGEST: usize = 24;
    if word.len() > LONGEST {
        return Meaning::default();
    }
    let found = if word.is_ascii() {
        let mut small = [0; LONGEST];
        let small = &mut small[..word.len()];
        small.copy_from_slice(word.as_bytes());
        small.make_ascii_lowercase();
        LEXICON.get(&*small)
    } else {
        LEXICON.get(word.to_lowercase().as_bytes())
    };
    found.copied().unwrap_or_default()
}

/// A quick hash: the lists are ours, so nobody can make words collide that are on them.
#[derive(Default)]
struct Quick(u64);

impl Hasher for Quick {
    fn write(&mut self, bytes: &[u8]) {
        for chunk in bytes.chunks(8) {
            let mut word = [0; 8];
            word[..chunk.len()].copy_from_slice(chunk);
            self.0 = (self.0.rotate_left(5) ^ u64::from_le_bytes(word)).wrapping_mul(0x9E37_79B9_7F4A_7C15);
        }
    }

    fn write_usize(&mut self, length: usize) {
        self.0 ^= length as u64;
    }

    fn finish(&self) -> u64 {
        self.0 ^ self.0 >> 32
    }
}

type Words = HashMap<&'static [u8], Meaning, BuildHasherDefault<Quick>>;

static LEXICON: LazyLock<Words> = LazyLock::new(|| {
    let mut words = Words::with_capacity_and_hasher(48_000, BuildHasherDefault::default());
    for (list, meaning) in LISTS {
        for word in list.split_whitespace() {
            words.entry(word.as_bytes()).or_insert(Meaning(0)).0 |= meaning.0;
        }
    }
    words
});

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
