-- The streaming service's own database. Owned by streaming_app, created in one transaction with
-- its first rows. Times are UTC; created_at and updated_at are set by the application.
-- Foreign keys and indexes are in constraints.sql.

create schema app;

create type app.plan_tier as enum ('basic', 'standard', 'premium');
create type app.user_status as enum ('active', 'suspended', 'closed');
create type app.subscription_status as enum
    ('trialing', 'active', 'past_due', 'cancelled', 'expired');
create type app.title_kind as enum ('film', 'series');
create type app.device as enum ('tv', 'mobile', 'tablet', 'web', 'console');

create table app.plans (
    plan_id smallint primary key,
    name text not null,
    tier app.plan_tier not null,
    monthly_price numeric(10, 2) not null,
    currency char(3) not null,
    max_streams smallint not null,
    has_ads boolean not null,
    features text[] not null,
    valid_from date not null,
    retired_on date,
    created_at timestamptz not null,
    updated_at timestamptz not null
);

create table app.users (
    user_id uuid primary key,
    email text not null,
    password_hash text not null,
    display_name text,
    country char(2) not null,
    birth_date date,
    locale text not null,
    signup_source text,
    marketing_opt_in boolean not null,
    preferences jsonb not null,
    status app.user_status not null,
    created_at timestamptz not null,
    updated_at timestamptz not null
);

create table app.profiles (
    profile_id uuid primary key,
    user_id uuid not null,
    name text not null,
    is_kids boolean not null,
    language text not null,
    maturity_limit text,
    created_at timestamptz not null,
    updated_at timestamptz not null
);

create table app.subscriptions (
    subscription_id uuid primary key,
    user_id uuid not null,
    plan_id smallint not null,
    status app.subscription_status not null,
    started_on date not null,
    ended_on date,
    trial_ends_on date,
    cancel_reason text,
    price numeric(10, 2) not null,
    currency char(3) not null,
    created_at timestamptz not null,
    updated_at timestamptz not null
);

create table app.titles (
    title_id bigint primary key,
    kind app.title_kind not null,
    name text not null,
    original_name text,
    release_year smallint,
    runtime_minutes integer,
    tmdb_id integer,
    imdb_id text,
    tvdb_id integer,
    genres text[] not null,
    maturity_rating text,
    licence jsonb not null,
    added_on date not null,
    removed_on date,
    created_at timestamptz not null,
    updated_at timestamptz not null
);

create table app.viewing_sessions (
    session_id uuid primary key,
    profile_id uuid not null,
    title_id bigint not null,
    season_number smallint,
    episode_number smallint,
    device app.device not null,
    app_version text not null,
    country char(2) not null,
    started_at timestamptz not null,
    ended_at timestamptz,
    watched_seconds integer not null,
    position_seconds integer,
    bitrate_kbps double precision,
    playback jsonb not null,
    ip inet,
    created_at timestamptz not null,
    updated_at timestamptz not null
);

create table app.ratings (
    profile_id uuid not null,
    title_id bigint not null,
    stars numeric(2, 1) not null,
    rated_at timestamptz not null,
    comment text,
    created_at timestamptz not null,
    updated_at timestamptz not null,
    primary key (profile_id, title_id)
);

create table app.watchlist_items (
    profile_id uuid not null,
    title_id bigint not null,
    added_at timestamptz not null,
    position smallint,
    note text,
    created_at timestamptz not null,
    updated_at timestamptz not null,
    primary key (profile_id, title_id)
);
