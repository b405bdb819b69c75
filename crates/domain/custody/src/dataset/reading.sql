-- For which reasons content is read, under the dataset's key; without one where there is nothing.
ALTER TABLE dataset ADD COLUMN reading_sealed {bytes};
