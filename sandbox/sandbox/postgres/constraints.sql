-- Made after the first load, which is much faster than keeping them up to date during it.

alter table app.profiles
    add foreign key (user_id) references app.users on delete cascade;

alter table app.subscriptions
    add foreign key (user_id) references app.users on delete cascade,
    add foreign key (plan_id) references app.plans;

alter table app.viewing_sessions
    add foreign key (profile_id) references app.profiles on delete cascade,
    add foreign key (title_id) references app.titles;

alter table app.ratings
    add foreign key (profile_id) references app.profiles on delete cascade,
    add foreign key (title_id) references app.titles;

alter table app.watchlist_items
    add foreign key (profile_id) references app.profiles on delete cascade,
    add foreign key (title_id) references app.titles;

create index on app.plans (updated_at);
create index on app.users (updated_at);
create index on app.profiles (updated_at);
create index on app.subscriptions (updated_at);
create index on app.titles (updated_at);
create index on app.viewing_sessions (updated_at);
create index on app.ratings (updated_at);
create index on app.watchlist_items (updated_at);

create index on app.profiles (user_id);
create index on app.subscriptions (user_id);
create index on app.viewing_sessions (profile_id);
