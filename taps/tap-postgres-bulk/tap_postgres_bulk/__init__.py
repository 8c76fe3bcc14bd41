"""MeltanoLabs' tap-postgres, with tables read by COPY."""
