with titles as (

    select title_key from {{ ref('int_titles_matched') }}

),

genres as (

    select * from {{ ref('int_title_genres_unnested') }}

),

completed as (

    select
        titles.title_key,
        coalesce(genres.genre_key, 'unclassified') as genre_key,
        coalesce(genres.genre_name, 'Unclassified') as genre_name
    from titles
    left join genres
        on titles.title_key = genres.title_key

),

weighted as (

    select
        title_key,
        genre_key,
        genre_name,
        1.0::double / count(*) over (partition by title_key) as weight
    from completed

)

select * from weighted
