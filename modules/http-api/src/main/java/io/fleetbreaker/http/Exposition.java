package io.fleetbreaker.http;

import io.prometheus.metrics.config.EscapingScheme;
import io.prometheus.metrics.expositionformats.ExpositionFormatWriter;
import io.prometheus.metrics.expositionformats.OpenMetricsTextFormatWriter;
import io.prometheus.metrics.expositionformats.PrometheusTextFormatWriter;
import io.prometheus.metrics.instrumentation.jvm.JvmGarbageCollectorMetrics;
import io.prometheus.metrics.instrumentation.jvm.JvmMemoryMetrics;
import io.prometheus.metrics.instrumentation.jvm.JvmRuntimeInfoMetric;
import io.prometheus.metrics.instrumentation.jvm.JvmThreadsMetrics;
import io.prometheus.metrics.instrumentation.jvm.ProcessMetrics;
import io.prometheus.metrics.model.registry.PrometheusRegistry;
import io.prometheus.metrics.model.snapshots.MetricSnapshot;
import io.prometheus.metrics.model.snapshots.MetricSnapshots;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.UncheckedIOException;
import org.apache.pekko.http.javadsl.model.ContentType;
import org.apache.pekko.http.javadsl.model.ContentTypes;
import org.apache.pekko.http.javadsl.model.HttpEntities;
import org.apache.pekko.http.javadsl.model.HttpResponse;

/** Writes a worker's metrics and those of its JVM in a format of Prometheus. Thread-safe. */
final class Exposition {
  private static final ContentType TEXT =
      ContentTypes.parse("text/plain; version=0.0.4; charset=utf-8");
  private static final ContentType OPEN_METRICS =
      ContentTypes.parse("application/openmetrics-text; version=1.0.0; charset=utf-8");

  private final PrometheusRegistry jvm = new PrometheusRegistry();

  /** What will be written of the JVM is read when it is written. */
  Exposition() {
    JvmMemoryMetrics.builder().register(jvm);
    JvmGarbageCollectorMetrics.builder().register(jvm);
    JvmThreadsMetrics.builder().register(jvm);
    JvmRuntimeInfoMetric.builder().register(jvm);
    ProcessMetrics.builder().register(jvm);
  }

  /** {@code worker} in Prometheus' text format, which every scraper reads. */
  HttpResponse text(Snapshot worker) {
    return response(worker, PrometheusTextFormatWriter.create(), TEXT);
  }

  /** {@code worker} in the OpenMetrics format. */
  HttpResponse openMetrics(Snapshot worker) {
    return response(worker, OpenMetricsTextFormatWriter.create(), OPEN_METRICS);
  }

  private HttpResponse response(Snapshot worker, ExpositionFormatWriter writer, ContentType type) {
    ByteArrayOutputStream out = new ByteArrayOutputStream(16 << 10);
    try {
      writer.write(out, everything(worker), EscapingScheme.UNDERSCORE_ESCAPING);
    } catch (IOException e) {
      throw new UncheckedIOException("an array cannot be written to", e);
    }
    return HttpResponse.create().withEntity(HttpEntities.create(type, out.toByteArray()));
  }

  private MetricSnapshots everything(Snapshot worker) {
    MetricSnapshots.Builder all = MetricSnapshots.builder();
    for (MetricSnapshot metric : WorkerMetrics.of(worker)) {
      all.metricSnapshot(metric);
    }
    for (MetricSnapshot metric : jvm.scrape()) {
      all.metricSnapshot(metric);
    }
    return all.build();
  }
}
