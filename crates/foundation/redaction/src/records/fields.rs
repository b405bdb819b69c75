//! What the name of a field says of its values.
//!
//! Promises: spelling does not count (`firstName`, `first_name`, `First Name`). Leaves out: names of companies, products,
//! files and machines, which are fields as well.

use crate::text::Kind;

/// Whole names of fields.
#[rustfmt::skip]
const WHOLE: &[(&str, Kind)] = &[
    ("name", Kind::Person), ("names", Kind::Person), ("first", Kind::Person), ("last", Kind::Person), ("nom", Kind::Person),
    ("prenom", Kind::Person), ("nombre", Kind::Person), ("apellido", Kind::Person), ("apellidos", Kind::Person), ("vorname", Kind::Person),
    ("nachname", Kind::Person), ("nimi", Kind::Person), ("eesnimi", Kind::Person), ("perenimi", Kind::Person), ("patient", Kind::Person),
    ("username", Kind::Person), ("login", Kind::Person), ("author", Kind::Person), ("ssn", Kind::NationalId), ("nin", Kind::NationalId),
    ("tin", Kind::NationalId), ("bsn", Kind::NationalId), ("nhs", Kind::NationalId), ("pesel", Kind::NationalId), ("dni", Kind::NationalId),
    ("nie", Kind::NationalId), ("mrn", Kind::NationalId), ("isikukood", Kind::NationalId), ("personnummer", Kind::NationalId),
    ("tel", Kind::Phone), ("fax", Kind::Phone), ("cell", Kind::Phone), ("handy", Kind::Phone), ("dob", Kind::BirthDate), ("born", Kind::BirthDate),
    ("ip", Kind::IpAddress), ("pan", Kind::Card), ("card", Kind::Card), ("addr", Kind::PostalAddress), ("street", Kind::PostalAddress),
    ("zip", Kind::PostalAddress), ("plz", Kind::PostalAddress), ("adresse", Kind::PostalAddress), ("direccion", Kind::PostalAddress),
    ("password", Kind::Credentials), ("passwd", Kind::Credentials), ("pwd", Kind::Credentials), ("secret", Kind::Credentials),
];

/// Parts of names of fields, the narrower first.
#[rustfmt::skip]
const PARTS: &[(&str, Kind)] = &[
    ("ipaddress", Kind::IpAddress), ("ipaddr", Kind::IpAddress), ("remoteaddr", Kind::IpAddress), ("clientip", Kind::IpAddress),
    ("email", Kind::Email), ("emailaddress", Kind::Email), ("mailto", Kind::Email),
    ("phone", Kind::Phone), ("mobile", Kind::Phone), ("telefon", Kind::Phone), ("faxnumber", Kind::Phone), ("msisdn", Kind::Phone),
    ("firstname", Kind::Person), ("lastname", Kind::Person), ("surname", Kind::Person), ("givenname", Kind::Person),
    ("familyname", Kind::Person), ("fullname", Kind::Person), ("middlename", Kind::Person), ("maidenname", Kind::Person),
    ("patientname", Kind::Person), ("customername", Kind::Person), ("contactname", Kind::Person), ("personname", Kind::Person),
    ("displayname", Kind::Person), ("nickname", Kind::Person), ("employeename", Kind::Person),
    ("dateofbirth", Kind::BirthDate), ("birthdate", Kind::BirthDate), ("birthday", Kind::BirthDate), ("geburtsdatum", Kind::BirthDate),
    ("socialsecurity", Kind::NationalId), ("nationalid", Kind::NationalId), ("taxid", Kind::NationalId), ("taxnumber", Kind::NationalId),
    ("passport", Kind::NationalId), ("drivinglicen", Kind::NationalId), ("driverlicen", Kind::NationalId), ("driverslicen", Kind::NationalId),
    ("personalcode", Kind::NationalId), ("identitynumber", Kind::NationalId), ("insurancenumber", Kind::NationalId), ("patientid", Kind::NationalId),
    ("iban", Kind::Iban), ("accountnumber", Kind::Iban), ("bankaccount", Kind::Iban),
    ("cardnumber", Kind::Card), ("creditcard", Kind::Card), ("ccnumber", Kind::Card), ("debitcard", Kind::Card),
    ("streetaddress", Kind::PostalAddress), ("homeaddress", Kind::PostalAddress), ("postaladdress", Kind::PostalAddress),
    ("billingaddress", Kind::PostalAddress), ("shippingaddress", Kind::PostalAddress), ("mailingaddress", Kind::PostalAddress),
    ("addressline", Kind::PostalAddress), ("streetname", Kind::PostalAddress), ("zipcode", Kind::PostalAddress),
    ("postcode", Kind::PostalAddress), ("postalcode", Kind::PostalAddress),
];

/// The kind of every value of a field with this name, if it says one.
pub(super) fn kind(name: &str) -> Option<Kind> {
    let plain: String = name
        .chars()
        .filter(|it| it.is_alphanumeric())
        .flat_map(char::to_lowercase)
        .collect();
    let whole = WHOLE.iter().find(|(word, _)| *word == plain);
    let part = || PARTS.iter().find(|(word, _)| plain.contains(word));
    let address = || (plain == "address").then_some(&("address", Kind::PostalAddress));
    whole.or_else(address).or_else(part).map(|(_, kind)| *kind)
}
