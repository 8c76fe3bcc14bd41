-- Genres, for the filter.
select
    genre_key,
    genre_name
from :marts.dim_genres
order by genre_name
