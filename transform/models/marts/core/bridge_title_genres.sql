with genres as (

    select * from {{ ref('int_title_genres_weighted') }}

),

final as (

    select
        title_key,
        genre_key,
        weight
    from genres

)

select * from final
