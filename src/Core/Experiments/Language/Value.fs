namespace MtrlFunctional.Experiments

open System
open System.Globalization
open System.Text.RegularExpressions

/// A configuration value, typed as YAML types it. A text that holds `${a.b}` refers to the value
/// of another key.
[<RequireQualifiedAccess>]
type Value =
    | Null
    | Bool of bool
    | Int of int64
    | Float of float
    | Text of string
    /// A number, truth value or null that its own print would spell otherwise: `1.10`, `1e6`, `True`. A key of texts keeps
    /// the spelling, every other reads what it states (`Scalar.typed`).
    | Written of spelling: string
    | List of Value list
    /// Names and values, in order.
    | Table of (string * Value) list

    static member internal OfTexts texts = Value.List(List.map Value.Text texts)

/// Scalars without quotes, as words of a command line and plain scalars of YAML write them.
module internal Scalar =
    let private culture = CultureInfo.InvariantCulture

    let private wholeNumber = Regex @"^[+-]?(0|[1-9]([0-9_]*[0-9])?)\z"
    let private realNumber = Regex @"^[0-9+-]*[.eE][0-9+.eE-]*\z"

    let private groupedNumber =
        Regex @"^(?=[^,]{1,3},.*(?<=,)0)[+-]?[1-9]([0-9_]*[0-9])?(,[0-9]{3})+\z"

    /// The shortest text that reads as the same number, and never as a whole one.
    let private printFloat (x: float) =
        if Double.IsInfinity x then
            (if x > 0.0 then "inf" else "-inf")
        else
            let text = x.ToString("R", culture).ToLowerInvariant()

            if wholeNumber.IsMatch text || text = "-0" then
                text + ".0"
            else
                text

    /// Digits in groups of three of which one begins with 0, so that they are no numbers to try one by one: 1,000,000. 0,001 is none.
    let isGrouped (text: string) = groupedNumber.IsMatch text

    /// Whether a real number that is read as 0 has other digits.
    let private isBelowSmallest (text: string) =
        text.Split('e', 'E')[0] |> Seq.exists (fun c -> c >= '1' && c <= '9')

    /// Hydra's rules: null, true, false, whole numbers (with `_`), numbers with a point or an
    /// exponent, inf in any case; all else is text, `none` and `1.2.3` too. Beside Hydra's, 1,000,000 is a number, 1e-400,
    /// which no number is but 0, is none, and neither is nan, which no key accepts and which would not equal itself.
    let private stated (text: string) =
        let whole (digits: string) =
            match Int64.TryParse(digits, NumberStyles.Integer, culture) with
            | true, whole -> Value.Int whole
            | _ -> Value.Float(Double.Parse(digits, culture))

        match text.ToLowerInvariant() with
        | "null" -> Value.Null
        | "true" -> Value.Bool true
        | "false" -> Value.Bool false
        | "inf"
        | "+inf"
        | ".inf" -> Value.Float infinity
        | "-inf"
        | "-.inf" -> Value.Float -infinity
        | _ when wholeNumber.IsMatch text -> whole (text.Replace("_", ""))
        | _ when isGrouped text -> whole (text.Replace(",", ""))
        | _ when realNumber.IsMatch text ->
            match Double.TryParse(text, NumberStyles.Float, culture) with
            | true, real when real <> 0.0 || not (isBelowSmallest text) -> Value.Float real
            | _ -> Value.Text text
        | _ -> Value.Text text

    /// The text of a scalar without quotes.
    let print =
        function
        | Value.Null -> "null"
        | Value.Bool true -> "true"
        | Value.Bool false -> "false"
        | Value.Int whole -> string whole
        | Value.Float real -> printFloat real
        | Value.Text text
        | Value.Written text -> text
        | Value.List _
        | Value.Table _ -> invalidOp "not a scalar"

    /// The value of a plain word; its print is the word again.
    let parse (text: string) =
        let value = stated text
        if print value = text then value else Value.Written text

    /// What a value states, whatever its spelling: `1e6` is 1000000.0, `True` is true.
    let rec typed =
        function
        | Value.Written text -> stated text
        | Value.List values -> Value.List(List.map typed values)
        | Value.Table entries -> Value.Table [ for name, value in entries -> name, typed value ]
        | value -> value

    /// All texts in a value.
    let rec texts =
        function
        | Value.Text text -> [ text ]
        | Value.List values -> List.collect texts values
        | Value.Table entries -> entries |> List.collect (snd >> texts)
        | _ -> []
