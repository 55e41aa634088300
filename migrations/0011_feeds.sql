-- Calendar feeds. The address of one is a secret that is read before the organization is known, so it stands in the
-- lobby, hashed; a retired one stays, so that whoever still asks is told that it is gone.
create table feed_addresses (
    hash text primary key,
    organization text not null references organizations (id),
    feed_id text not null,
    created_at timestamptz not null,
    last_fetched_at timestamptz,
    retired_at timestamptz
);
create unique index ix_feed_addresses_feed on feed_addresses (organization, feed_id) where retired_at is null;

create table feeds (
    organization_id text not null references organizations (id),
    id text not null,
    kind text not null check (kind in ('practitioner', 'site', 'room', 'patient', 'guest')),
    practitioner_id text,
    site_id text,
    room_id text,
    patient_id text,
    guest_id text,
    owner_user text,
    rotated_at timestamptz,
    revoked_at timestamptz,
    version bigint not null,
    created_by_user text,
    created_at timestamptz not null,
    updated_at timestamptz not null,
    primary key (organization_id, id),
    foreign key (organization_id, practitioner_id) references practitioners (organization_id, id),
    foreign key (organization_id, site_id) references sites (organization_id, id),
    foreign key (organization_id, room_id) references rooms (organization_id, id),
    foreign key (organization_id, patient_id) references patients (organization_id, id),
    foreign key (organization_id, guest_id) references guests (organization_id, id),
    foreign key (organization_id, owner_user) references users (organization_id, id),
    check ((kind = 'practitioner') = (practitioner_id is not null)),
    check ((kind = 'site') = (site_id is not null)),
    check ((kind = 'room') = (room_id is not null)),
    check ((kind = 'patient') = (patient_id is not null)),
    check ((kind = 'guest') = (guest_id is not null)),
    check ((kind in ('patient', 'guest')) = (owner_user is null))
);
create index ix_feeds_owner on feeds (organization_id, owner_user, id) where revoked_at is null;
create index ix_feeds_patient on feeds (organization_id, patient_id, id) where revoked_at is null;
create index ix_feeds_guest on feeds (organization_id, guest_id, id) where revoked_at is null;
-- One in force for each subject; of places, one for each user.
create unique index ix_feeds_one_practitioner on feeds (organization_id, practitioner_id)
    where practitioner_id is not null and revoked_at is null;
create unique index ix_feeds_one_site on feeds (organization_id, site_id, owner_user)
    where site_id is not null and revoked_at is null;
create unique index ix_feeds_one_room on feeds (organization_id, room_id, owner_user)
    where room_id is not null and revoked_at is null;
create unique index ix_feeds_one_patient on feeds (organization_id, patient_id)
    where patient_id is not null and revoked_at is null;
create unique index ix_feeds_one_guest on feeds (organization_id, guest_id)
    where guest_id is not null and revoked_at is null;
