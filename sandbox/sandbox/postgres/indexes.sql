-- Made after the first load, which is faster than keeping them up to date during it.

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
