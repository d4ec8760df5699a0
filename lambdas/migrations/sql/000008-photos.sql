-- Photos of users: originals nobody but a worker reads, and the sizes it makes of them.

create table landfall.photos (
  id uuid primary key,
  user_id uuid not null references landfall.users (id),
  mime_type text not null check (mime_type in ('image/jpeg', 'image/png', 'image/webp', 'image/avif')),
  size bigint not null check (size > 0),
  object_key text not null unique constraint photos_own_prefix check (object_key = 'originals/' || user_id || '/' || id),
  -- The user's order. Photos that were uploaded at the same time may share a place; their age decides then.
  position integer not null check (position > 0),
  -- Chosen by the user. While none is, the first photo that is ready is the primary one: see the domain's queries.
  is_primary boolean not null default false,
  -- Of the photo the right way up, and a few bytes to show while it loads; made by the worker.
  width integer check (width between 1 and 1000000),
  height integer check (height between 1 and 1000000),
  blur text check (octet_length(blur) between 1 and 1024),
  created_at timestamptz(3) not null,
  -- A tombstone: gone for the user, kept until the objects are gone too.
  deleted_at timestamptz(3),
  object_version text not null check (length(object_version) between 1 and 1024),
  status text not null default 'processing' check (status in ('processing', 'ready', 'failed')),
  failure text check (failure ~ '^[a-z_]{1,50}$'),
  claimed_until timestamptz(3),
  crashes smallint not null default 0 check (crashes >= 0),
  processed_at timestamptz(3),
  -- For tables that refer to photos: (user_id, photo_id) cannot point at another user's photo.
  unique (user_id, id),
  constraint photos_primary check (not is_primary or (status = 'ready' and deleted_at is null)),
  constraint photos_result check (status <> 'ready' or (width is not null and height is not null and blur is not null)),
  constraint photos_outcome check ((status = 'failed') = (failure is not null)),
  constraint photos_claim check (claimed_until is null or status = 'processing')
);

create index photos_in_order on landfall.photos (user_id, position, created_at, id) where deleted_at is null;
create unique index photos_primary on landfall.photos (user_id) where is_primary;
create index photos_tombstones on landfall.photos (deleted_at) where deleted_at is not null;
create index photos_processing on landfall.photos (created_at) where status = 'processing';

-- Uploads under way count against the photos that a user may have.
create index uploads_of_users on landfall.uploads (user_id) where purpose = 'photo';

alter table landfall.photos enable row level security;
alter table landfall.photos force row level security;

create policy photos_own on landfall.photos to app
  using (user_id = (select landfall.current_user_id()))
  with check (user_id = (select landfall.current_user_id()));
grant select, insert, delete on landfall.photos to app;
grant update (position, is_primary, deleted_at) on landfall.photos to app;

-- The sweep sees what is left over, what belongs to users who have left, and what no worker was told of.
create policy photos_tombstones on landfall.photos to maintenance
  using (deleted_at is not null);
create policy photos_of_deleted_users_seen on landfall.photos for select to maintenance
  using (exists (select from landfall.users u where u.id = user_id and u.deleted_at is not null));
create policy photos_of_deleted_users_buried on landfall.photos for update to maintenance
  using (exists (select from landfall.users u where u.id = user_id and u.deleted_at is not null))
  with check (deleted_at is not null);
create policy photos_waiting on landfall.photos for select to maintenance
  using (status = 'processing' and created_at < now() - interval '1 day');
grant select (id, user_id, object_key, status, claimed_until, created_at, deleted_at),
  update (deleted_at, is_primary), delete
  on landfall.photos to maintenance;

-- A worker reads tombstones, to know them from files that nobody has a row for, and changes none.
create policy photos_seen_by_workers on landfall.photos for select to worker using (true);
create policy photos_processed on landfall.photos for update to worker
  using (true) with check (deleted_at is null);
grant select (id, user_id, object_key, object_version, status, claimed_until, crashes, deleted_at)
  on landfall.photos to worker;
grant update (status, failure, claimed_until, crashes, processed_at, width, height, blur)
  on landfall.photos to worker;
