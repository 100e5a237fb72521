-- Once, as a superuser: psql -v owner_password=... -v app_password=... -f deploy/postgresql-roles.sql
CREATE ROLE placewell_owner LOGIN PASSWORD :'owner_password';
CREATE ROLE placewell_app LOGIN PASSWORD :'app_password';
CREATE DATABASE placewell OWNER placewell_owner ENCODING 'UTF8' TEMPLATE template0;
