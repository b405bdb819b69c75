-- Which companies have a page of their own, in which profile: for everybody, in clear.
CREATE TABLE company_page (
    tenant_id {bytes} NOT NULL PRIMARY KEY REFERENCES tenant (tenant_id),
    speaker {text} NOT NULL,
    profile {text} NOT NULL,
    published_at {int} NOT NULL,
    published_by {bytes} NOT NULL
) {strict};
