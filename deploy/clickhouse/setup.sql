-- 在 ClickHouse 上为热线统计库建库和账号。由管理员运行一次：clickhouse-client --multiquery < setup.sql（先改口令）。
-- 集群：每句 CREATE、GRANT 后加 ON CLUSTER 集群名。表由 hotline statistics 自己建。
CREATE DATABASE IF NOT EXISTS hotline;
CREATE USER IF NOT EXISTS hotline IDENTIFIED WITH sha256_password BY '改成自己的口令' SETTINGS max_threads = 2;
GRANT SELECT, INSERT, CREATE TABLE, DROP TABLE, TRUNCATE ON hotline.* TO hotline;
-- 集群还要：
-- GRANT CLUSTER, REMOTE ON *.* TO hotline;
