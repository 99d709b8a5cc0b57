/*
 * The layout of ABI 1.3 on 64-bit machines: every size and offset, written down once and never changed. A struct of
 * a later 1.x may have a larger size and more fields; then its first size stays here as the least that it may have.
 * Compiles as C11 and later and as C++.
 */
#include <spine/abi.h>
#include <stddef.h>

#ifdef __cplusplus
#define SIZE(type, bytes) static_assert(sizeof(type) == (bytes), #type " has another size")
#define AT(type, field, bytes) static_assert(offsetof(type, field) == (bytes), #type "." #field " has moved")
#else
#define SIZE(type, bytes) _Static_assert(sizeof(type) == (bytes), #type " has another size")
#define AT(type, field, bytes) _Static_assert(offsetof(type, field) == (bytes), #type "." #field " has moved")
#endif

SIZE(struct spine_str, 16);
AT(struct spine_str, data, 0);
AT(struct spine_str, size, 8);

SIZE(struct spine_bytes, 16);
AT(struct spine_bytes, data, 0);
AT(struct spine_bytes, size, 8);

SIZE(struct spine_table, 16);
AT(struct spine_table, items, 0);
AT(struct spine_table, count, 8);
AT(struct spine_table, stride, 12);

SIZE(struct spine_value, 40);
AT(struct spine_value, type, 0);
AT(struct spine_value, reserved, 4);
AT(struct spine_value, integer, 8);
AT(struct spine_value, real, 16);
AT(struct spine_value, text, 24);

SIZE(struct spine_field, 56);
AT(struct spine_field, name, 0);
AT(struct spine_field, value, 16);

SIZE(struct ArrowSchema, 72);
AT(struct ArrowSchema, format, 0);
AT(struct ArrowSchema, name, 8);
AT(struct ArrowSchema, metadata, 16);
AT(struct ArrowSchema, flags, 24);
AT(struct ArrowSchema, n_children, 32);
AT(struct ArrowSchema, children, 40);
AT(struct ArrowSchema, dictionary, 48);
AT(struct ArrowSchema, release, 56);
AT(struct ArrowSchema, private_data, 64);

SIZE(struct ArrowArray, 80);
AT(struct ArrowArray, length, 0);
AT(struct ArrowArray, null_count, 8);
AT(struct ArrowArray, offset, 16);
AT(struct ArrowArray, n_buffers, 24);
AT(struct ArrowArray, n_children, 32);
AT(struct ArrowArray, buffers, 40);
AT(struct ArrowArray, children, 48);
AT(struct ArrowArray, dictionary, 56);
AT(struct ArrowArray, release, 64);
AT(struct ArrowArray, private_data, 72);

SIZE(struct spine_param, 80);
AT(struct spine_param, struct_size, 0);
AT(struct spine_param, flags, 4);
AT(struct spine_param, name, 8);
AT(struct spine_param, type, 24);
AT(struct spine_param, reserved, 28);
AT(struct spine_param, default_value, 32);
AT(struct spine_param, allowed, 48);
AT(struct spine_param, description, 64);

SIZE(struct spine_pipeline_desc, 176);
AT(struct spine_pipeline_desc, struct_size, 0);
AT(struct spine_pipeline_desc, flags, 4);
AT(struct spine_pipeline_desc, name, 8);
AT(struct spine_pipeline_desc, domain, 24);
AT(struct spine_pipeline_desc, title, 40);
AT(struct spine_pipeline_desc, params, 56);
AT(struct spine_pipeline_desc, partition_keys, 72);
AT(struct spine_pipeline_desc, needs, 88);
AT(struct spine_pipeline_desc, stage, 104);
AT(struct spine_pipeline_desc, exports, 120);
AT(struct spine_pipeline_desc, calc_version, 136);
AT(struct spine_pipeline_desc, effects, 152);
AT(struct spine_pipeline_desc, max_seconds, 156);
AT(struct spine_pipeline_desc, plan, 160);
AT(struct spine_pipeline_desc, run, 168);

SIZE(struct spine_handler_desc, 80);
AT(struct spine_handler_desc, struct_size, 0);
AT(struct spine_handler_desc, flags, 4);
AT(struct spine_handler_desc, name, 8);
AT(struct spine_handler_desc, domain, 24);
AT(struct spine_handler_desc, title, 40);
AT(struct spine_handler_desc, config, 56);
AT(struct spine_handler_desc, call, 72);

SIZE(struct spine_stage, 48);
AT(struct spine_stage, struct_size, 0);
AT(struct spine_stage, rank, 4);
AT(struct spine_stage, name, 8);
AT(struct spine_stage, aliases, 24);
AT(struct spine_stage, flags, 40); /* since ABI 1.2 */
AT(struct spine_stage, reserved, 44);

SIZE(struct spine_domain_desc, 88);
AT(struct spine_domain_desc, struct_size, 0);
AT(struct spine_domain_desc, reserved, 4);
AT(struct spine_domain_desc, name, 8);
AT(struct spine_domain_desc, alias, 24);
AT(struct spine_domain_desc, table_prefix, 40);
AT(struct spine_domain_desc, stages, 56);
AT(struct spine_domain_desc, config, 72);

SIZE(struct spine_column, 48);
AT(struct spine_column, struct_size, 0);
AT(struct spine_column, flags, 4);
AT(struct spine_column, name, 8);
AT(struct spine_column, type, 24);
AT(struct spine_column, reserved, 28);
AT(struct spine_column, description, 32);

SIZE(struct spine_dataset, 104);
AT(struct spine_dataset, struct_size, 0);
AT(struct spine_dataset, keyed_by, 4);
AT(struct spine_dataset, name, 8);
AT(struct spine_dataset, domain, 24);
AT(struct spine_dataset, partition_keys, 40);
AT(struct spine_dataset, columns, 56);
AT(struct spine_dataset, key, 72);
AT(struct spine_dataset, description, 88);

SIZE(struct spine_migration_step, 72);
AT(struct spine_migration_step, struct_size, 0);
AT(struct spine_migration_step, kind, 4);
AT(struct spine_migration_step, name, 8);
AT(struct spine_migration_step, dataset, 24);
AT(struct spine_migration_step, column, 32);
AT(struct spine_migration_step, sql, 40);
AT(struct spine_migration_step, renamed, 56); /* since ABI 1.2 */

SIZE(struct spine_migration, 40);
AT(struct spine_migration, struct_size, 0);
AT(struct spine_migration, number, 4);
AT(struct spine_migration, name, 8);
AT(struct spine_migration, steps, 24);

SIZE(struct spine_plugin_desc, 200);
AT(struct spine_plugin_desc, struct_size, 0);
AT(struct spine_plugin_desc, thread_model, 4);
AT(struct spine_plugin_desc, id, 8);
AT(struct spine_plugin_desc, version, 24);
AT(struct spine_plugin_desc, title, 40);
AT(struct spine_plugin_desc, vendor, 56);
AT(struct spine_plugin_desc, license, 72);
AT(struct spine_plugin_desc, url, 88);
AT(struct spine_plugin_desc, sdk_version, 104);
AT(struct spine_plugin_desc, built_with, 120);
AT(struct spine_plugin_desc, domains, 136);
AT(struct spine_plugin_desc, pipelines, 152);
AT(struct spine_plugin_desc, handlers, 168);
AT(struct spine_plugin_desc, migrations, 184);

SIZE(struct spine_host, 32);
AT(struct spine_host, struct_size, 0);
AT(struct spine_host, abi_minor, 4);
AT(struct spine_host, version, 8);
AT(struct spine_host, ctx, 24);

SIZE(struct spine_plugin, 56);
AT(struct spine_plugin, magic, 0);
AT(struct spine_plugin, struct_size, 4);
AT(struct spine_plugin, abi_major, 8);
AT(struct spine_plugin, abi_minor, 12);
AT(struct spine_plugin, min_host_minor, 16);
AT(struct spine_plugin, reserved, 20);
AT(struct spine_plugin, desc, 24);
AT(struct spine_plugin, init, 32);
AT(struct spine_plugin, shutdown, 40);
AT(struct spine_plugin, get_interface, 48);

SIZE(struct spine_run, 160);
AT(struct spine_run, struct_size, 0);
AT(struct spine_run, flags, 4);
AT(struct spine_run, attempt, 8);
AT(struct spine_run, reserved, 12);
AT(struct spine_run, execution_id, 16);
AT(struct spine_run, batch_id, 32);
AT(struct spine_run, pipeline, 48);
AT(struct spine_run, step, 64);
AT(struct spine_run, idempotency_key, 80);
AT(struct spine_run, ctx, 96);
AT(struct spine_run, get_interface, 104);
AT(struct spine_run, param, 112);
AT(struct spine_run, is_cancelled, 120);
AT(struct spine_run, progress, 128);
AT(struct spine_run, wait, 136);
AT(struct spine_run, fail, 144);
AT(struct spine_run, emit, 152);

SIZE(struct spine_log_1, 16);
AT(struct spine_log_1, struct_size, 0);
AT(struct spine_log_1, reserved, 4);
AT(struct spine_log_1, write, 8);

SIZE(struct spine_config_1, 16);
AT(struct spine_config_1, struct_size, 0);
AT(struct spine_config_1, reserved, 4);
AT(struct spine_config_1, get, 8);

SIZE(struct spine_clock_1, 16);
AT(struct spine_clock_1, struct_size, 0);
AT(struct spine_clock_1, reserved, 4);
AT(struct spine_clock_1, created_at_ms, 8);

SIZE(struct spine_manifest_row, 136);
AT(struct spine_manifest_row, struct_size, 0);
AT(struct spine_manifest_row, current, 4);
AT(struct spine_manifest_row, domain, 8);
AT(struct spine_manifest_row, partition, 24);
AT(struct spine_manifest_row, stage, 40);
AT(struct spine_manifest_row, row_count, 56);
AT(struct spine_manifest_row, capture_seq, 64);
AT(struct spine_manifest_row, capture_id, 72);
AT(struct spine_manifest_row, inputs_sha256, 88);
AT(struct spine_manifest_row, captured_at, 104);
AT(struct spine_manifest_row, metrics, 120);

SIZE(struct spine_manifest_1, 24);
AT(struct spine_manifest_1, struct_size, 0);
AT(struct spine_manifest_1, reserved, 4);
AT(struct spine_manifest_1, get, 8);
AT(struct spine_manifest_1, list, 16);

SIZE(struct spine_plan_1, 40);
AT(struct spine_plan_1, struct_size, 0);
AT(struct spine_plan_1, reserved, 4);
AT(struct spine_plan_1, output, 8);
AT(struct spine_plan_1, input, 16);
AT(struct spine_plan_1, as_of, 24);
AT(struct spine_plan_1, skip, 32);

SIZE(struct spine_input, 160);
AT(struct spine_input, struct_size, 0);
AT(struct spine_input, output, 4);
AT(struct spine_input, rowset, 8);
AT(struct spine_input, capture_seq, 16);
AT(struct spine_input, row, 24);

SIZE(struct spine_partition_1, 48);
AT(struct spine_partition_1, struct_size, 0);
AT(struct spine_partition_1, reserved, 4);
AT(struct spine_partition_1, claim, 8);
AT(struct spine_partition_1, output, 16);
AT(struct spine_partition_1, inputs, 24);
AT(struct spine_partition_1, derived, 32);
AT(struct spine_partition_1, reached, 40);

SIZE(struct spine_source_info, 64);
AT(struct spine_source_info, struct_size, 0);
AT(struct spine_source_info, finished, 4);
AT(struct spine_source_info, uri, 8);
AT(struct spine_source_info, name, 24);
AT(struct spine_source_info, bytes, 40);
AT(struct spine_source_info, sha256, 48);

SIZE(struct spine_source_1, 48);
AT(struct spine_source_1, struct_size, 0);
AT(struct spine_source_1, reserved, 4);
AT(struct spine_source_1, open, 8);
AT(struct spine_source_1, read, 16);
AT(struct spine_source_1, info, 24);
AT(struct spine_source_1, close, 32);
AT(struct spine_source_1, exists, 40);

SIZE(struct spine_capture_request, 48);
AT(struct spine_capture_request, struct_size, 0);
AT(struct spine_capture_request, output, 4);
AT(struct spine_capture_request, source, 8);
AT(struct spine_capture_request, source_last_update, 16);
AT(struct spine_capture_request, week_source, 32);

SIZE(struct spine_capture, 32);
AT(struct spine_capture, struct_size, 0);
AT(struct spine_capture, unchanged, 4);
AT(struct spine_capture, rowset, 8);
AT(struct spine_capture, capture_id, 16);

SIZE(struct spine_capture_1, 16);
AT(struct spine_capture_1, struct_size, 0);
AT(struct spine_capture_1, reserved, 4);
AT(struct spine_capture_1, declare, 8);

SIZE(struct spine_db_1, 40);
AT(struct spine_db_1, struct_size, 0);
AT(struct spine_db_1, reserved, 4);
AT(struct spine_db_1, query, 8);
AT(struct spine_db_1, next, 16);
AT(struct spine_db_1, close, 24);
AT(struct spine_db_1, write, 32);

SIZE(struct spine_append_1, 32);
AT(struct spine_append_1, struct_size, 0);
AT(struct spine_append_1, reserved, 4);
AT(struct spine_append_1, open, 8);
AT(struct spine_append_1, push, 16);
AT(struct spine_append_1, finish, 24);

SIZE(struct spine_reject, 80);
AT(struct spine_reject, struct_size, 0);
AT(struct spine_reject, output, 4);
AT(struct spine_reject, line_number, 8);
AT(struct spine_reject, reason_code, 16);
AT(struct spine_reject, reason_detail, 32);
AT(struct spine_reject, raw_text, 48);
AT(struct spine_reject, source_locator, 64);

SIZE(struct spine_rejects_1, 16);
AT(struct spine_rejects_1, struct_size, 0);
AT(struct spine_rejects_1, reserved, 4);
AT(struct spine_rejects_1, add, 8);

SIZE(struct spine_check, 80);
AT(struct spine_check, struct_size, 0);
AT(struct spine_check, output, 4);
AT(struct spine_check, category, 8);
AT(struct spine_check, status, 12);
AT(struct spine_check, name, 16);
AT(struct spine_check, actual, 32);
AT(struct spine_check, expected, 48);
AT(struct spine_check, details, 64);

SIZE(struct spine_quality_1, 16);
AT(struct spine_quality_1, struct_size, 0);
AT(struct spine_quality_1, reserved, 4);
AT(struct spine_quality_1, record, 8);

SIZE(struct spine_anomaly, 64);
AT(struct spine_anomaly, struct_size, 0);
AT(struct spine_anomaly, output, 4);
AT(struct spine_anomaly, severity, 8);
AT(struct spine_anomaly, reserved, 12);
AT(struct spine_anomaly, category, 16);
AT(struct spine_anomaly, message, 32);
AT(struct spine_anomaly, metadata, 48);

SIZE(struct spine_anomalies_1, 16);
AT(struct spine_anomalies_1, struct_size, 0);
AT(struct spine_anomalies_1, reserved, 4);
AT(struct spine_anomalies_1, record, 8);

SIZE(struct spine_child, 88);
AT(struct spine_child, struct_size, 0);
AT(struct spine_child, state, 4);
AT(struct spine_child, execution_id, 8);
AT(struct spine_child, reason, 24);
AT(struct spine_child, error_category, 40);
AT(struct spine_child, error_message, 56);
AT(struct spine_child, outputs, 72);
AT(struct spine_child, output_count, 80);
AT(struct spine_child, reserved, 84);

SIZE(struct spine_dispatch_1, 16);
AT(struct spine_dispatch_1, struct_size, 0);
AT(struct spine_dispatch_1, reserved, 4);
AT(struct spine_dispatch_1, run, 8);

SIZE(struct spine_step_1, 48);
AT(struct spine_step_1, struct_size, 0);
AT(struct spine_step_1, reserved, 4);
AT(struct spine_step_1, config, 8);
AT(struct spine_step_1, output, 16);
AT(struct spine_step_1, update, 24);
AT(struct spine_step_1, quality, 32);
AT(struct spine_step_1, event, 40);

/* Since ABI 1.1. */
SIZE(struct spine_course_1, 64); /* 56 until ABI 1.3 */
AT(struct spine_course_1, struct_size, 0);
AT(struct spine_course_1, reserved, 4);
AT(struct spine_course_1, skip, 8);
AT(struct spine_course_1, insert, 16);
AT(struct spine_course_1, replace, 24);
AT(struct spine_course_1, retry, 32);
AT(struct spine_course_1, spawn, 40);
AT(struct spine_course_1, continue_as_new, 48);
AT(struct spine_course_1, spawn_run, 56); /* since ABI 1.3 */
