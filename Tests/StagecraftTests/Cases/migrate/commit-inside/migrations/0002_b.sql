CREATE TABLE a (b int);
  COMMIT;
