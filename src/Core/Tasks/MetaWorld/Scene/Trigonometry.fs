namespace MtrlFunctional.Tasks

open System

/// Sine and cosine, bit-identical to NumPy's on processors with AVX-512.
///
/// Needed for the recorded observations of dial-turn. They differ from the C library's in the last
/// bit for more than half of all angles, because NumPy uses Intel's SVML there (error below 4 ULP).
/// Method: subtract the nearest multiple of π in three parts, then evaluate a polynomial with fused
/// multiply-adds.
module internal Trigonometry =
    /// π = the sum of the three, to 160 bits.
    let private pi1, pi2, pi3 =
        3.141592653589793, 1.224646799147353e-16, 2.165713347843828e-32

    let private inversePi = 0.3183098861837907

    /// Above this NumPy uses another argument reduction.
    let private most = 16777216.0

    let inline private fused (a: float) b c = Math.FusedMultiplyAdd(a, b, c)

    /// Coefficients of z⁷, z⁶ … z of sin r = r + r p(z), where z = r².
    let private sinePolynomial = [|
        -7.373344533110665e-13
        1.6048095404959637e-10
        -2.505188027386288e-08
        2.7557316600552628e-06
        -0.00019841269825056256
        0.008333333333285542
        -0.16666666666666186
    |]

    /// The same for angles around a zero of the cosine.
    let private cosinePolynomial = [|
        -7.37280909726507e-13
        1.6048055576979365e-10
        -2.505187912674299e-08
        2.755731658449074e-06
        -0.00019841269824944275
        0.00833333333328519
        -0.16666666666666183
    |]

    let private evaluate (coefficients: float[]) z =
        let mutable p = coefficients[0]

        for i in 1 .. coefficients.Length - 1 do
            p <- fused p z coefficients[i]

        p

    /// Sine of an angle in radians.
    let sin x =
        if not (abs x <= most) then
            Math.Sin x
        else
            // Adding 1.5 · 2⁵² rounds to a whole number.
            let n = fused x inversePi 6755399441055744.0 - 6755399441055744.0
            let r = fused -n pi2 (fused -n pi1 x)
            let z = r * r
            let r = fused -n pi3 r
            let value = fused (evaluate sinePolynomial z) (z * r) r
            if n % 2.0 = 0.0 then value else -value

    /// Cosine of an angle in radians.
    let cos x =
        let angle = abs x

        if not (angle <= most) then
            Math.Cos x
        elif angle < 7.450580596923828e-09 then
            1.0
        else
            let whole = Math.Floor(angle * inversePi)
            let n = whole + 0.5
            let r = fused n pi2 (fused n pi1 -angle)
            let z = r * r
            let r = fused n pi3 r
            let r = if whole % 2.0 = 0.0 then r else -r
            fused (evaluate cosinePolynomial z) (r * z) r
