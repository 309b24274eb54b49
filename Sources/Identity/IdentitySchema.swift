// SPDX-License-Identifier: AGPL-3.0-or-later
import Storage

/// The tables of desks, people, duties and sessions.
public enum IdentitySchema {
    public static let migrations: [Migration] =
        [desks, people] + [Directory.deskIndex.migration, Directory.placeIndex.migration]

    private static let desks = Migration(
        "identity-0001-desks",
        """
        CREATE TABLE desk (
            id BIGINT PRIMARY KEY,
            parent_id BIGINT REFERENCES desk (id),
            path TEXT NOT NULL,
            handle TEXT NOT NULL,
            kind TEXT NOT NULL,
            state TEXT NOT NULL,
            name TEXT NOT NULL,
            jurisdiction TEXT NOT NULL,
            address TEXT NOT NULL,
            phone TEXT NOT NULL,
            hours TEXT NOT NULL,
            intro TEXT NOT NULL,
            numbers TEXT NOT NULL,
            latitude DOUBLE PRECISION,
            longitude DOUBLE PRECISION,
            vouched_by BIGINT REFERENCES desk (id),
            vouched_at BIGINT,
            pictures TEXT NOT NULL,
            revision BIGINT NOT NULL,
            created_at BIGINT NOT NULL,
            edited_at BIGINT NOT NULL
        );
        CREATE UNIQUE INDEX desk_handle_key ON desk (handle);
        CREATE UNIQUE INDEX desk_path_key ON desk (path);
        CREATE INDEX desk_parent ON desk (parent_id);
        CREATE TABLE desk_version (
            desk_id BIGINT NOT NULL REFERENCES desk (id),
            sequence BIGINT NOT NULL,
            at BIGINT NOT NULL,
            text TEXT NOT NULL,
            nonce BLOB NOT NULL,
            PRIMARY KEY (desk_id, sequence)
        );
        CREATE TABLE place (
            id BIGINT PRIMARY KEY,
            desk_id BIGINT NOT NULL REFERENCES desk (id),
            name TEXT NOT NULL,
            kind TEXT NOT NULL
        );
        CREATE INDEX place_desk ON place (desk_id);
        CREATE TABLE city (
            id BIGINT PRIMARY KEY,
            profile TEXT NOT NULL
        );
        """)

    private static let people = Migration(
        "identity-0002-people",
        """
        CREATE TABLE person (
            id BIGINT PRIMARY KEY,
            name TEXT NOT NULL,
            name_folded TEXT NOT NULL,
            pseudonym TEXT NOT NULL,
            pseudonym_folded TEXT NOT NULL,
            password TEXT NOT NULL,
            email BLOB,
            language TEXT NOT NULL,
            totp BLOB,
            totp_since BIGINT,
            totp_step BIGINT,
            totp_offered BLOB,
            actor BIGINT NOT NULL,
            created_at BIGINT NOT NULL
        );
        CREATE UNIQUE INDEX person_name_folded_key ON person (name_folded);
        CREATE UNIQUE INDEX person_pseudonym_folded_key ON person (pseudonym_folded);
        CREATE TABLE recovery_code (
            person_id BIGINT NOT NULL REFERENCES person (id),
            digest BLOB NOT NULL,
            PRIMARY KEY (person_id, digest)
        );
        CREATE TABLE duty (
            id BIGINT PRIMARY KEY,
            person_id BIGINT NOT NULL REFERENCES person (id),
            desk_id BIGINT REFERENCES desk (id),
            role TEXT NOT NULL,
            actor BIGINT NOT NULL,
            public_name TEXT,
            shift_code TEXT NOT NULL,
            beat TEXT NOT NULL,
            appointed_at BIGINT NOT NULL,
            appointed_by BIGINT NOT NULL,
            dismissed_at BIGINT,
            dismissed_by BIGINT
        );
        CREATE INDEX duty_person ON duty (person_id);
        CREATE INDEX duty_desk ON duty (desk_id);
        CREATE TABLE session (
            id BIGINT PRIMARY KEY,
            digest BLOB NOT NULL,
            person_id BIGINT NOT NULL REFERENCES person (id),
            duty_id BIGINT REFERENCES duty (id),
            browser TEXT NOT NULL,
            created_at BIGINT NOT NULL,
            seen_at BIGINT NOT NULL,
            expires_at BIGINT NOT NULL
        );
        CREATE UNIQUE INDEX session_digest_key ON session (digest);
        CREATE INDEX session_person ON session (person_id);
        CREATE TABLE sign_in_step (
            digest BLOB PRIMARY KEY,
            person_id BIGINT NOT NULL REFERENCES person (id),
            tries BIGINT NOT NULL,
            expires_at BIGINT NOT NULL
        );
        CREATE TABLE known_browser (
            digest BLOB PRIMARY KEY,
            person_id BIGINT NOT NULL REFERENCES person (id),
            seen_at BIGINT NOT NULL
        );
        CREATE TABLE attempt (
            subject BLOB PRIMARY KEY,
            failures BIGINT NOT NULL,
            last_at BIGINT NOT NULL
        );
        """)
}
