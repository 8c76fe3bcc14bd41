with weights as (

    select
        titles.title_key,
        sum(genres.weight) as weight
    from {{ ref('dim_titles') }} as titles
    left join {{ ref('bridge_title_genres') }} as genres
        on titles.title_key = genres.title_key
    group by titles.title_key

)

select * from weights
where weight is null or abs(weight - 1) > 0.000001
