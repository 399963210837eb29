"""models/trust/: the TensorFlow functions that a layer of Keras 2 may call.

`x + y` between layers of Keras 2 becomes a TFOpLambda layer, which names any function that
TensorFlow exports: `__operators__.add` and `io.write_file` alike. These only compute.
"""

_OPERATORS = "add eq getitem ne"
_TOP = """
    abs acos acosh add add_n argmax argmin argsort asin asinh atan atan2 atanh batch_to_space
    bitcast boolean_mask broadcast_dynamic_shape broadcast_static_shape broadcast_to cast
    clip_by_global_norm clip_by_norm clip_by_value complex concat cos cosh cumsum divide
    dynamic_partition dynamic_stitch einsum ensure_shape equal exp expand_dims eye fill floor gather
    gather_nd greater greater_equal histogram_fixed_width identity identity_n less less_equal
    linspace logical_and logical_not logical_or matmul maximum meshgrid minimum multiply negative
    norm not_equal one_hot ones ones_like pad pow range rank realdiv reduce_all reduce_any
    reduce_logsumexp reduce_max reduce_mean reduce_min reduce_prod reduce_sum repeat reshape reverse
    reverse_sequence roll round saturate_cast scalar_mul scatter_nd searchsorted sequence_mask shape
    shape_n sigmoid sign sin sinh size slice sort space_to_batch space_to_batch_nd split sqrt square
    squeeze stack stop_gradient strided_slice subtract tan tanh tensor_scatter_nd_add
    tensor_scatter_nd_max tensor_scatter_nd_min tensor_scatter_nd_sub tensor_scatter_nd_update
    tensordot tile transpose truediv truncatediv truncatemod unique unique_with_counts unstack where
    zeros zeros_like
"""
_MATH = """
    abs accumulate_n acos acosh add add_n angle approx_max_k approx_min_k argmax argmin asin asinh
    atan atan2 atanh bessel_i0 bessel_i0e bessel_i1 bessel_i1e betainc bincount ceil
    confusion_matrix conj cos cosh count_nonzero cumprod cumsum cumulative_logsumexp digamma
    divide divide_no_nan
    equal erf erfc erfcinv erfinv exp expm1 floor floordiv floormod greater greater_equal igamma
    igammac imag in_top_k invert_permutation is_finite is_inf is_nan is_non_decreasing
    is_strictly_increasing l2_normalize lbeta less less_equal lgamma log log1p log_sigmoid
    log_softmax logical_and logical_not logical_or logical_xor maximum minimum mod multiply
    multiply_no_nan ndtri negative nextafter not_equal polygamma polyval pow real reciprocal
    reciprocal_no_nan reduce_all reduce_any reduce_euclidean_norm reduce_logsumexp reduce_max
    reduce_mean reduce_min reduce_prod reduce_std reduce_sum reduce_variance rint round rsqrt
    scalar_mul segment_max segment_mean segment_min segment_prod segment_sum sigmoid sign sin sinh
    sobol_sample softmax softplus softsign sqrt square squared_difference subtract tan tanh top_k
    truediv unsorted_segment_max unsorted_segment_mean unsorted_segment_min unsorted_segment_prod
    unsorted_segment_sqrt_n unsorted_segment_sum xdivy xlog1py xlogy zero_fraction zeta
"""
_NN = """
    atrous_conv2d atrous_conv2d_transpose avg_pool avg_pool1d avg_pool2d avg_pool3d
    batch_norm_with_global_normalization batch_normalization bias_add compute_average_loss conv1d
    conv1d_transpose conv2d conv2d_transpose conv3d conv3d_transpose conv_transpose convolution
    crelu ctc_beam_search_decoder ctc_greedy_decoder depth_to_space depthwise_conv2d dilation2d elu
    embedding_lookup erosion2d gelu in_top_k isotonic_regression l2_loss l2_normalize leaky_relu
    local_response_normalization log_softmax max_pool max_pool1d max_pool2d max_pool3d
    max_pool_with_argmax moments normalize_moments pool relu relu6 scale_regularization_loss selu
    separable_conv2d sigmoid sigmoid_cross_entropy_with_logits silu softmax
    softmax_cross_entropy_with_logits softplus softsign space_to_batch space_to_depth
    sparse_softmax_cross_entropy_with_logits sufficient_statistics swish tanh top_k
    weighted_cross_entropy_with_logits weighted_moments with_space_to_batch zero_fraction
"""
_IMAGE = """
    adjust_brightness adjust_contrast adjust_gamma adjust_hue adjust_saturation central_crop
    combined_non_max_suppression convert_image_dtype crop_and_resize crop_to_bounding_box
    draw_bounding_boxes extract_glimpse extract_patches flip_left_right flip_up_down
    grayscale_to_rgb hsv_to_rgb image_gradients non_max_suppression non_max_suppression_overlaps
    non_max_suppression_padded non_max_suppression_with_scores pad_to_bounding_box
    per_image_standardization psnr resize resize_with_crop_or_pad resize_with_pad rgb_to_grayscale
    rgb_to_hsv rgb_to_yiq rgb_to_yuv rot90 sobel_edges ssim ssim_multiscale total_variation
    transpose yiq_to_rgb yuv_to_rgb
"""
_LINALG = """
    adjoint band_part cholesky cholesky_solve cross det diag diag_part eig eigh eigvals eigvalsh
    einsum expm eye global_norm inv l2_normalize logdet lstsq lu matmul matrix_rank
    matrix_transpose matvec norm normalize pinv qr set_diag slogdet solve sqrtm svd tensor_diag
    tensor_diag_part tensordot trace triangular_solve tridiagonal_matmul tridiagonal_solve
"""
_SIGNAL = """
    dct fft fft2d fft3d fftshift frame hamming_window hann_window idct ifft ifft2d ifft3d ifftshift
    inverse_stft irfft irfft2d irfft3d linear_to_mel_weight_matrix mdct
    mfccs_from_log_mel_spectrograms overlap_and_add rfft rfft2d rfft3d stft
"""
_QUANTIZATION = """
    dequantize fake_quant_with_min_max_args fake_quant_with_min_max_vars
    fake_quant_with_min_max_vars_per_channel quantize quantize_and_dequantize
    quantize_and_dequantize_v2
"""
_RANDOM = "normal poisson shuffle stateless_normal stateless_uniform truncated_normal uniform"
_BITWISE = "bitwise_and bitwise_or bitwise_xor invert left_shift right_shift"
_STRINGS = "as_string join length lower regex_replace split strip substr to_hash_bucket_fast upper"
# Names that TensorFlow 1 gave to functions, under which some of Keras 2's layers are written.
_OLDER = """
    argmax argmin batch_to_space_nd ceil depth_to_space div expand_dims floor gather log
    log_sigmoid math.argmax math.argmin math.log_softmax math.reduce_all math.reduce_any
    math.reduce_logsumexp math.reduce_max math.reduce_mean math.reduce_min math.reduce_prod
    math.reduce_sum math.softmax nn.avg_pool nn.conv2d nn.convolution nn.depth_to_space
    nn.depthwise_conv2d nn.depthwise_conv2d_native nn.embedding_lookup nn.fused_batch_norm
    nn.log_softmax nn.max_pool nn.moments nn.pool nn.separable_conv2d nn.softmax nn.space_to_batch
    nn.space_to_depth norm pad reduce_all reduce_any reduce_logsumexp reduce_max reduce_mean
    reduce_min reduce_prod reduce_sum reverse_sequence shape size space_to_batch space_to_depth
    squeeze to_bfloat16 to_double to_float to_int32 to_int64 transpose where where_v2 zeros_like
    ones_like image.resize image.resize_bilinear image.resize_bicubic
    image.resize_nearest_neighbor image.resize_area image.resize_images
    image.resize_image_with_pad image.crop_and_resize
"""

FUNCTIONS = frozenset(
    prefix + name
    for prefix, names in {
        "__operators__.": _OPERATORS,
        "": _TOP,
        "math.": _MATH,
        "nn.": _NN,
        "image.": _IMAGE,
        "linalg.": _LINALG,
        "signal.": _SIGNAL,
        "quantization.": _QUANTIZATION,
        "random.": _RANDOM,
        "bitwise.": _BITWISE,
        "strings.": _STRINGS,
        "compat.v1.": _OLDER,
    }.items()
    for name in names.split()
)
