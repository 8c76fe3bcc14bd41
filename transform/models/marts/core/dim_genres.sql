with genres as (

    select * from {{ ref('int_title_genres_weighted') }}

),

-- It is here also while every title has a genre.
unclassified as (

    select
        'unclassified' as genre_key,
        'Unclassified' as genre_name

),

named as (

    select
        genre_key,
        genre_name
    from genres

    union all

    select
        genre_key,
        genre_name
    from unclassified

),

final as (

    select distinct
        genre_key,
        genre_name,
        genre_key = 'unclassified' as is_unclassified
    from named

)

select * from final
