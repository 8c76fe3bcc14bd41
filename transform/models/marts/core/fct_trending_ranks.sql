with entries as (

    select * from {{ ref('int_list_entries_unioned') }}

),

titles as (

    select * from {{ ref('dim_titles') }}

),

services as (

    select * from {{ ref('int_services_matched') }}
    where source = 'sa'

),

readings as (

    select
        list_key,
        country,
        listed_on,
        lag(listed_on) over (partition by list_key, country order by listed_on)
            as previous_listed_on
    from entries
    group by list_key, country, listed_on

),

-- A chart of several pages may name a title twice, when it moves while the pages are read.
best_places as (

    select
        list_key,
        country,
        listed_on,
        source_title_key,
        min(list_rank) as list_rank
    from entries
    group by list_key, country, listed_on, source_title_key

),

compared as (

    select
        entries.*,
        readings.previous_listed_on,
        previous.list_rank as previous_list_rank,
        previous.list_rank - entries.list_rank as places_gained,
        iff(readings.previous_listed_on is null, null, previous.list_rank is null) as is_new_entry
    from entries
    inner join readings
        on
            entries.list_key = readings.list_key
            and entries.country = readings.country
            and entries.listed_on = readings.listed_on
    left join best_places as previous
        on
            readings.list_key = previous.list_key
            and readings.country = previous.country
            and readings.previous_listed_on = previous.listed_on
            and entries.source_title_key = previous.source_title_key

),

final as (

    select
        compared.list_key
        || '|' || compared.country
        || '|' || to_char(compared.listed_on, 'YYYY-MM-DD')
        || '|' || compared.list_rank as trending_rank_key,
        compared.list_key,
        coalesce(titles_by_sa.title_key, titles_by_tmdb.title_key) as title_key,
        compared.tmdb_id,
        compared.imdb_id,
        compared.sa_id,
        services.service_key,
        compared.platform,
        compared.list_name,
        compared.list_type,
        compared.title_type,
        coalesce(titles_by_sa.title_name, titles_by_tmdb.title_name, compared.title_name)
            as title_name,
        compared.country,
        compared.list_rank,
        compared.previous_list_rank,
        compared.places_gained,
        compared.is_new_entry,
        compared.listed_on,
        compared.previous_listed_on,
        compared.listed_at
    from compared
    left join titles as titles_by_sa
        on compared.sa_id = titles_by_sa.sa_id
    left join titles as titles_by_tmdb
        on
            compared.title_type = titles_by_tmdb.tmdb_title_type
            and compared.tmdb_id = titles_by_tmdb.tmdb_id
    left join services
        on compared.service_id = services.source_service_id

)

select * from final
