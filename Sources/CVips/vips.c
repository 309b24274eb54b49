/* SPDX-License-Identifier: AGPL-3.0-or-later */
#include "CVips.h"
#include <vips/vips.h>

static void ignore(const gchar *domain, GLogLevelFlags level, const gchar *message, gpointer context) {}

int precinct_picture_start(void) {
    if (VIPS_INIT("precinct") != 0) return -1;
    /* SVG loads by default and PDF still reaches its parser when only untrusted loaders are blocked: block all,
       then allow three. */
    vips_operation_block_set("VipsForeignLoad", TRUE);
    vips_operation_block_set("VipsForeignLoadJpeg", FALSE);
    vips_operation_block_set("VipsForeignLoadPng", FALSE);
    vips_operation_block_set("VipsForeignLoadWebp", FALSE);
    /* The caller gets a status; the library's own remarks don't belong on the terminal. */
    g_log_set_handler("VIPS", G_LOG_LEVEL_WARNING, ignore, NULL);
    vips_concurrency_set(1);
    vips_cache_set_max(0);
    return 0;
}

/* Decodes every row once, in a small memory. The thumbnail call alone takes a truncated PNG for whole and fills the
   rest with grey, whatever fail_on says: its errors are lost on the way through the resizing pipeline. */
static int is_whole(const void *bytes, size_t count) {
    VipsImage *image = vips_image_new_from_buffer(
        bytes, count, "", "access", VIPS_ACCESS_SEQUENTIAL, "fail_on", VIPS_FAIL_ON_TRUNCATED, NULL);
    double average = 0;
    int code = image == NULL ? -1 : vips_avg(image, &average, NULL);
    if (image != NULL) g_object_unref(image);
    if (code != 0) vips_error_clear();
    return code == 0;
}

precinct_picture_status precinct_picture_measure(
    const void *bytes, size_t count, double pixel_limit, int *width, int *height) {
    /* Opening reads the header; nothing is decoded before the size is known. */
    VipsImage *image = vips_image_new_from_buffer(bytes, count, "", NULL);
    if (image == NULL) {
        vips_error_clear();
        return PRECINCT_PICTURE_BROKEN;
    }
    *width = vips_image_get_width(image);
    *height = vips_image_get_height(image);
    if (vips_image_get_orientation_swap(image)) {
        int turned = *width;
        *width = *height;
        *height = turned;
    }
    int is_too_large = (double)*width * (double)*height > pixel_limit;
    g_object_unref(image);
    if (is_too_large) return PRECINCT_PICTURE_TOO_MANY_PIXELS;
    return is_whole(bytes, count) ? PRECINCT_PICTURE_OK : PRECINCT_PICTURE_BROKEN;
}

precinct_picture_status precinct_picture_scale(
    const void *bytes, size_t count, int width, int quality, void **result, size_t *result_count) {
    VipsImage *image = NULL;
    int code = vips_thumbnail_buffer(
        (void *)bytes, count, &image, width, "height", 100000, "size", VIPS_SIZE_DOWN, "fail_on",
        VIPS_FAIL_ON_TRUNCATED, "export_profile", "srgb", NULL);
    if (code == 0) {
        code = vips_webpsave_buffer(image, result, result_count, "Q", quality, "strip", TRUE, NULL);
    }
    if (image != NULL) g_object_unref(image);
    if (code != 0) {
        vips_error_clear();
        return PRECINCT_PICTURE_BROKEN;
    }
    vips_thread_shutdown();
    return PRECINCT_PICTURE_OK;
}

precinct_picture_status precinct_picture_encode_png(
    const void *pixels, int width, int height, void **result, size_t *result_count) {
    VipsImage *image = vips_image_new_from_memory_copy(
        pixels, (size_t)width * (size_t)height * 3, width, height, 3, VIPS_FORMAT_UCHAR);
    if (image == NULL) return PRECINCT_PICTURE_BROKEN;
    int code = vips_pngsave_buffer(image, result, result_count, NULL);
    g_object_unref(image);
    if (code != 0) {
        vips_error_clear();
        return PRECINCT_PICTURE_BROKEN;
    }
    return PRECINCT_PICTURE_OK;
}

void precinct_picture_free(void *result) { g_free(result); }
