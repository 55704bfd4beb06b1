"""Predicts in Spark, here on this machine: `python examples/scale/spark.py`. Needs pyspark and Java."""

import os
import sys

from pyspark.sql import SparkSession
from pyspark.sql.functions import struct
from sklearn.datasets import load_wine
from sklearn.linear_model import LogisticRegression
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import StandardScaler

import kiseki

table, target = load_wine(return_X_y=True, as_frame=True)
table = table.rename(columns={"od280/od315_of_diluted_wines": "od280"})
classifier = make_pipeline(StandardScaler(), LogisticRegression()).fit(table, target)
with kiseki.start_run():
    info = kiseki.sklearn.log_model(classifier, name="wine", input_example=table.head(3))

# Workers of this Python.
os.environ["PYSPARK_PYTHON"] = sys.executable
spark = SparkSession.builder.master("local[2]").config("spark.ui.enabled", "false").getOrCreate()
spark.sparkContext.setLogLevel("ERROR")
wines = spark.createDataFrame(table)

predict = kiseki.pyfunc.spark_udf(spark, info.model_uri)
classes = wines.withColumn("class", predict(struct(*wines.columns)))
print(dict(sorted((row["class"], row["count"]) for row in classes.groupBy("class").count().collect())))
spark.stop()
