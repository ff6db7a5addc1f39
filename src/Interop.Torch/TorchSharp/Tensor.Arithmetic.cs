namespace TorchSharp;

public static partial class torch
{
    public sealed partial class Tensor
    {
        /// <summary>x + y, broadcast.</summary>
        public Tensor add(Tensor target) => Native.mt_add(this, target);

        /// <summary>x + y.</summary>
        public Tensor add(Scalar scalar) => Native.mt_add_scalar(this, scalar.Native);

        /// <summary>x - y, broadcast.</summary>
        public Tensor sub(Tensor target) => Native.mt_sub(this, target);

        /// <summary>x y, broadcast.</summary>
        public Tensor mul(Tensor target) => Native.mt_mul(this, target);

        /// <summary>x y.</summary>
        public Tensor mul(Scalar target) => Native.mt_mul_scalar(this, target.Native);

        /// <summary>x / y, broadcast.</summary>
        public Tensor div(Tensor target) => Native.mt_div(this, target);

        /// <summary>x / y.</summary>
        public Tensor div(Scalar target) => Native.mt_div_scalar(this, target.Native);

        /// <summary>x to the power of y.</summary>
        public Tensor pow(Scalar exponent) => Native.mt_pow_scalar(this, exponent.Native);

        /// <summary>-x.</summary>
        public Tensor neg() => Native.mt_neg(this);

        /// <summary>Exponential.</summary>
        public Tensor exp() => Native.mt_exp(this);

        /// <summary>Natural logarithm.</summary>
        public Tensor log() => Native.mt_log(this);

        /// <summary>Hyperbolic tangent.</summary>
        public Tensor tanh() => Native.mt_tanh(this);

        /// <summary>max(x, 0).</summary>
        public Tensor relu() => Native.mt_relu(this);

        /// <summary>x².</summary>
        public Tensor square() => Native.mt_square(this);

        /// <summary>Square root.</summary>
        public Tensor sqrt() => Native.mt_sqrt(this);

        /// <summary>|x|.</summary>
        public Tensor abs() => Native.mt_abs(this);

        /// <summary>Neither infinite nor NaN.</summary>
        public Tensor isfinite() => Native.mt_isfinite(this);

        /// <summary>Limits x to [min, max]; a limit may be missing.</summary>
        public Tensor clamp(Scalar? min = null, Scalar? max = null) =>
            (min, max) switch
            {
                ({ } low, { } high) => Native.mt_clamp(this, low.Native, high.Native),
                ({ } low, null) => Native.mt_clamp_min_scalar(this, low.Native),
                (null, { } high) => Native.mt_clamp_max_scalar(this, high.Native),
                _ => throw new ArgumentException("clamp needs a limit."),
            };

        /// <summary>Elementwise minimum, broadcast.</summary>
        public Tensor minimum(Tensor other) => Native.mt_minimum(this, other);

        /// <summary>Elementwise maximum, broadcast.</summary>
        public Tensor maximum(Tensor other) => Native.mt_maximum(this, other);

        /// <summary>x = y, broadcast; a Boolean tensor.</summary>
        public Tensor eq(Tensor target) => Native.mt_eq(this, target);

        /// <summary>x > y, broadcast; a Boolean tensor.</summary>
        public Tensor gt(Tensor target) => Native.mt_gt(this, target);

        /// <summary>x ≥ y, broadcast; a Boolean tensor.</summary>
        public Tensor ge(Tensor target) => Native.mt_ge(this, target);

        /// <summary>x &lt; y, broadcast; a Boolean tensor.</summary>
        public Tensor lt(Tensor target) => Native.mt_lt(this, target);
    }

    /// <summary>x where the condition holds, y elsewhere; broadcast.</summary>
    public static Tensor where(Tensor condition, Tensor x, Tensor y) => Native.mt_where(condition, x, y);
}
