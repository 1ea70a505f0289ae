-- Tables that Python owns. Every statement may be run again at any time.
create schema if not exists raw_operational;
create schema if not exists raw_telemetry;
create schema if not exists raw_planning;
create schema if not exists raw_weather;
create schema if not exists raw_open_trips;
create schema if not exists ml;
create schema if not exists ops;

-- The one "now" of the marts, a city at a time. After a clock went back the marts are due to be
-- built anew: that stays noted until it is done, whatever happens in between.
create table if not exists ops.city_clocks (
    city_id text primary key,
    as_of_at timestamptz not null
);
alter table ops.city_clocks add column if not exists is_rebuild_due boolean not null default false;

-- Days that an incremental model of dbt was built for and that gave it no row.
create table if not exists ops.empty_days (
    relation_name text not null,
    city_id text not null,
    day date not null,
    day_fingerprint text,
    primary key (relation_name, city_id, day)
);

create table if not exists ops.adopted_parkings (
    parking_id text primary key,
    city_id text not null,
    code text not null,
    name text not null,
    latitude double precision not null,
    longitude double precision not null,
    x_m double precision not null,
    y_m double precision not null,
    zone_geojson text not null,
    zone_polygon_m text not null,
    area_m2 double precision not null,
    capacity_count integer not null,
    adopted_at timestamptz not null
);

-- Before these times who rode, paths and pings were forgotten, and are not loaded again.
create table if not exists ops.forgotten (
    city_id text primary key,
    rides_before_at timestamptz,
    pings_before_at timestamptz
);

-- status: open > assigned > done > verified; or closed (solved itself), cancelled (by hand).
create table if not exists ops.tasks (
    task_id text primary key,
    city_id text not null,
    task_kind text not null,
    subject_id text not null,
    scooter_id text,
    scooter_code text,
    parking_id text,
    latitude double precision not null,
    longitude double precision not null,
    x_m double precision not null,
    y_m double precision not null,
    scooter_count integer not null default 1,
    battery_pct double precision,
    priority double precision not null,
    expected_value numeric(14, 2),
    reason_en text not null,
    reason_el text not null,
    status text not null default 'open',
    opened_at timestamptz not null,
    last_seen_at timestamptz not null,
    missing_count integer not null default 0,
    claimed_at timestamptz,
    done_at timestamptz,
    done_by text,
    verified_at timestamptz,
    closed_at timestamptz,
    closed_reason text
);
create unique index if not exists tasks_one_open on ops.tasks (city_id, task_kind, subject_id)
where status in ('open', 'assigned', 'done');
create index if not exists tasks_city_status on ops.tasks (city_id, status);

-- status: published (in force) > superseded | finished.
create table if not exists ops.routes (
    route_id text primary key,
    city_id text not null,
    worker_id text not null,
    vehicle_id text not null,
    service_date date not null,
    shift_starts_at timestamptz not null,
    shift_ends_at timestamptz not null,
    version integer not null,
    status text not null default 'published',
    published_at timestamptz not null,
    start_latitude double precision not null,
    start_longitude double precision not null,
    vehicle_capacity_count integer not null,
    start_load_count integer not null,
    start_battery_count integer not null,
    stop_count integer not null,
    distance_m double precision not null,
    duration_s double precision not null,
    priority_served double precision not null,
    polyline text not null
);
create unique index if not exists routes_in_force on ops.routes (worker_id, shift_starts_at)
where status = 'published';

-- One row a stop; action: pick_up | drop_off | swap | check; status: planned > begun > done | problem.
create table if not exists ops.route_stops (
    stop_id text primary key,
    route_id text not null references ops.routes (route_id) on delete cascade,
    stop_sequence integer not null,
    task_ids text[] not null,
    action text not null,
    title_en text not null,
    title_el text not null,
    reason_en text not null,
    reason_el text not null,
    scooter_codes text[] not null,
    scooter_count integer not null,
    parking_id text,
    parking_name text,
    latitude double precision not null,
    longitude double precision not null,
    zone_geojson text,
    arrives_at timestamptz not null,
    departs_at timestamptz not null,
    load_before_count integer not null,
    load_after_count integer not null,
    battery_pct double precision,
    status text not null default 'planned',
    begun_at timestamptz,
    done_at timestamptz,
    problem text,
    unique (route_id, stop_sequence)
);

-- Every tap, once: the id is made on the phone.
create table if not exists ops.worker_actions (
    action_id uuid primary key,
    worker_id text not null,
    kind text not null,
    stop_id text,
    happened_at timestamptz not null,
    received_at timestamptz not null default now(),
    payload jsonb not null default '{}',
    outcome jsonb not null default '{}'
);
create index if not exists worker_actions_worker on ops.worker_actions (worker_id, happened_at);

create table if not exists ops.worker_positions (
    worker_id text not null,
    happened_at timestamptz not null,
    latitude double precision not null,
    longitude double precision not null,
    accuracy_m double precision,
    primary key (worker_id, happened_at)
);

create table if not exists ops.worker_credentials (
    worker_id text primary key,
    city_id text not null,
    role text not null default 'worker',
    language text not null default 'en',
    pin_hash text not null,
    failed_count integer not null default 0,
    locked_until timestamptz,
    updated_at timestamptz not null default now()
);

-- One row a command: what ran, for which clock, how it ended.
create table if not exists ops.runs (
    run_id text primary key,
    flow text not null,
    city_ids text[] not null,
    as_of_at timestamptz not null,
    started_at timestamptz not null,
    ended_at timestamptz,
    status text not null,
    steps jsonb not null default '[]',
    message text
);
