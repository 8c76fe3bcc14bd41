-- Each id leads to one title, and no title of the service was taken into another.
with records as (

    select * from {{ ref('bridge_title_sources') }}

),

sources_twice as (

    select
        title_key || '|' || source as found,
        count(*) as row_count
    from records
    group by title_key, source
    having count(*) > 1

),

app_titles_renamed as (

    select
        record_key as found,
        1 as row_count
    from records
    where source = 'app' and record_key != title_key

),

tmdb_ids_twice as (

    select
        tmdb_title_type || '|' || tmdb_id as found,
        count(*) as row_count
    from {{ ref('dim_titles') }}
    where tmdb_id is not null
    group by tmdb_title_type, tmdb_id
    having count(*) > 1

),

found as (

    select * from sources_twice
    union all
    select * from app_titles_renamed
    union all
    select * from tmdb_ids_twice

)

select * from found
