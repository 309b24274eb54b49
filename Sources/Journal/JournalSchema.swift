// SPDX-License-Identifier: AGPL-3.0-or-later
import Storage

/// The journal's tables.
public enum JournalSchema {
    public static let migrations: [Migration] = [
        Migration(
            "journal-0001-entries",
            """
            CREATE TABLE journal (
                sequence BIGINT PRIMARY KEY,
                at BIGINT NOT NULL,
                kind TEXT NOT NULL,
                subject TEXT NOT NULL,
                desk BIGINT,
                actor BIGINT NOT NULL,
                audience TEXT NOT NULL,
                tags TEXT NOT NULL,
                facts TEXT NOT NULL,
                digest BLOB,
                chain BLOB NOT NULL
            );
            CREATE INDEX journal_desk ON journal (desk, sequence);
            CREATE TABLE delivery (
                id BIGINT PRIMARY KEY,
                queue TEXT NOT NULL,
                target TEXT NOT NULL,
                payload TEXT NOT NULL,
                state TEXT NOT NULL,
                attempts BIGINT NOT NULL,
                due BIGINT NOT NULL,
                failure TEXT,
                created_at BIGINT NOT NULL,
                settled_at BIGINT
            );
            CREATE INDEX delivery_due ON delivery (queue, state, due);
            CREATE TABLE follower (
                name TEXT PRIMARY KEY,
                sequence BIGINT NOT NULL
            );
            """)
    ]
}
