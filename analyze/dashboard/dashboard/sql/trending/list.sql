-- A list as it was read last, and the place of each of its titles in our own viewing now; blank
-- when nobody watches it with us.
-- definitions: fct_trending_ranks.list_rank, fct_trending_ranks.places_gained
-- definitions: trending_now.watched_rank
select
    ranks.list_rank,
    ranks.title_name,
    ranks.title_type,
    ranks.places_gained,
    ranks.is_new_entry,
    ranks.listed_on,
    trending.watched_rank,
    trending.viewer_count,
    coalesce(titles.is_in_catalogue, false) as is_in_catalogue
from :marts.fct_trending_ranks as ranks
left join :marts.trending_now as trending on ranks.title_key = trending.title_key
left join :marts.dim_titles as titles on ranks.title_key = titles.title_key
where
    ranks.list_key = :list_key
    and ranks.listed_on = (
        select max(listed_on)
        from :marts.fct_trending_ranks
        where list_key = :list_key
    )
order by ranks.list_rank
limit 50
