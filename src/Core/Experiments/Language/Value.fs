namespace MtrlFunctional.Experiments

open System
open System.Globalization

/// A configuration value, typed as YAML types it. A text that holds `${a.b}` refers to the value
/// of another key. NaN equals NaN, so that every value equals itself.
[<RequireQualifiedAccess; CustomEquality; NoComparison>]
type Value =
    | Null
    | Bool of bool
    | Int of int64
    | Float of float
    | Text of string
    | List of Value list
    /// Names and values, in order.
    | Table of (string * Value) list

    override this.Equals other =
        match other with
        | :? Value as other ->
            match this, other with
            | Null, Null -> true
            | Bool a, Bool b -> a = b
            | Int a, Int b -> a = b
            | Float a, Float b -> a.Equals b
            | Text a, Text b -> a = b
            | List a, List b -> a = b
            | Table a, Table b -> a = b
            | _ -> false
        | _ -> false

    override this.GetHashCode() =
        match this with
        | Null -> 0
        | Bool x -> hash x
        | Int x -> hash x
        | Float x -> x.GetHashCode()
        | Text x -> hash x
        | List x -> hash x
        | Table x -> hash x

/// Scalars without quotes, as words of a command line and plain scalars of YAML write them.
module internal Scalar =
    let private culture = CultureInfo.InvariantCulture

    let private isDigits (text: string) =
        text.Length > 0 && text |> Seq.forall (fun c -> Char.IsAsciiDigit c || c = '_')

    let private isWhole (text: string) =
        let digits = text.TrimStart('+', '-')

        text.Length - digits.Length <= 1
        && isDigits digits
        && not (digits.StartsWith '_' || digits.EndsWith '_')
        && (digits = "0" || digits[0] <> '0')

    let private isReal (text: string) =
        text |> Seq.forall (fun c -> Char.IsAsciiDigit c || "+-.eE".Contains c)
        && text |> Seq.exists (fun c -> ".eE".Contains c)

    /// Hydra's rules: null, true, false, whole numbers (with `_`), numbers with a point or an
    /// exponent, inf, nan in any case; all else is text, `none` and `1.2.3` too.
    let parse (text: string) =
        match text.ToLowerInvariant() with
        | "null" -> Value.Null
        | "true" -> Value.Bool true
        | "false" -> Value.Bool false
        | "inf"
        | "+inf"
        | ".inf" -> Value.Float infinity
        | "-inf"
        | "-.inf" -> Value.Float -infinity
        | "nan"
        | ".nan" -> Value.Float nan
        | _ when isWhole text ->
            match Int64.TryParse(text.Replace("_", ""), NumberStyles.Integer, culture) with
            | true, whole -> Value.Int whole
            | _ -> Value.Float(Double.Parse(text.Replace("_", ""), culture))
        | _ when isReal text ->
            match Double.TryParse(text, NumberStyles.Float, culture) with
            | true, real -> Value.Float real
            | _ -> Value.Text text
        | _ -> Value.Text text

    /// The shortest text that reads as the same number, and never as a whole one.
    let printFloat (x: float) =
        if Double.IsNaN x then
            "nan"
        elif Double.IsInfinity x then
            (if x > 0.0 then "inf" else "-inf")
        else
            let text = x.ToString("R", culture).ToLowerInvariant()
            if isWhole text || text = "-0" then text + ".0" else text
