/// Parser of the formulas of task pages: expressions of Python with numbers, truth values and
/// tuples.
///
/// Reading order: Expression → parse.
module MtrlFunctional.Tests.Tasks.Formula

open System
open System.Globalization
open System.Text.RegularExpressions

type Expression =
    | Number of float
    | Text of string
    | Name of string
    | Tuple of Expression list
    | Call of name: string * Expression list
    | Field of Expression * string
    /// x[first:past]
    | Slice of Expression * first: int * past: int
    | Item of Expression * int
    | Minus of Expression
    | Not of Expression
    | Binary of operator: string * Expression * Expression
    | Choice of condition: Expression * yes: Expression * no: Expression

/// name = expression
type Assignment = { Target: string; Value: Expression }

let private token =
    Regex @"\s*(\d+\.?\d*|[A-Za-z_]\w*|'[^']*'|\*\*|<=|>=|==|[-+*/(),.:<>=\[\]])"

let private tokens (line: string) =
    let found = token.Matches line |> Seq.toList

    if String.concat "" [ for m in found -> m.Value ] <> line.TrimEnd() then
        invalidArg (nameof line) $"Not a formula: {line}"

    [ for m in found -> m.Groups[1].Value ]

let private comparisons = set [ "<"; "<="; ">"; ">="; "==" ]

let private expect word =
    function
    | first :: rest when first = word -> rest
    | rest -> failwith $"'{word}' expected before {rest}"

/// `part operator part operator part …`, from left to right.
let private joined operators part tokens =
    let rec more (left, rest) =
        match rest with
        | operator :: rest when List.contains operator operators ->
            let right, rest = part rest
            more (Binary(operator, left, right), rest)
        | _ -> left, rest

    more (part tokens)

let rec private expression tokens =
    match disjunction tokens with
    | yes, "if" :: rest ->
        let condition, rest = disjunction rest
        let no, rest = expression (expect "else" rest)
        Choice(condition, yes, no), rest
    | parsed -> parsed

and private disjunction tokens = joined [ "or" ] conjunction tokens

and private conjunction tokens = joined [ "and" ] negation tokens

and private negation tokens =
    match tokens with
    | "not" :: rest ->
        let inner, rest = negation rest
        Not inner, rest
    | _ -> comparison tokens

/// a < b <= c means a < b and b <= c.
and private comparison tokens =
    let rec more (so: Expression option) left rest =
        match rest with
        | operator :: rest when comparisons.Contains operator ->
            let right, rest = arithmetic rest
            let one = Binary(operator, left, right)
            let all = so |> Option.map (fun so -> Binary("and", so, one))
            more (Some(Option.defaultValue one all)) right rest
        | _ -> Option.defaultValue left so, rest

    let left, rest = arithmetic tokens
    more None left rest

and private arithmetic tokens = joined [ "+"; "-" ] product tokens

and private product tokens = joined [ "*"; "/" ] signed tokens

and private signed tokens =
    match tokens with
    | "-" :: rest ->
        let inner, rest = signed rest
        Minus inner, rest
    | _ -> power tokens

/// Binds tighter than a preceding sign, and is right-associative.
and private power tokens =
    match postfix (atom tokens) with
    | mantissa, "**" :: rest ->
        let exponent, rest = signed rest
        Binary("**", mantissa, exponent), rest
    | parsed -> parsed

and private postfix (inner, rest) =
    match rest with
    | "." :: name :: rest -> postfix (Field(inner, name), rest)
    | "[" :: first :: ":" :: past :: "]" :: rest ->
        postfix (Slice(inner, int first, int past), rest)
    | "[" :: i :: "]" :: rest -> postfix (Item(inner, int i), rest)
    | _ -> inner, rest

and private list tokens =
    let first, rest = expression tokens

    match rest with
    | "," :: rest ->
        let others, rest = list rest
        first :: others, rest
    | _ -> [ first ], expect ")" rest

and private atom tokens =
    match tokens with
    | "(" :: rest ->
        match list rest with
        | [ single ], rest -> single, rest
        | several, rest -> Tuple several, rest
    | name :: "(" :: rest when Char.IsLetter name[0] ->
        let arguments, rest = list rest
        Call(name, arguments), rest
    | word :: rest when word[0] = '\'' -> Text(word.Trim '\''), rest
    | word :: rest when Char.IsDigit word[0] ->
        Number(Double.Parse(word, CultureInfo.InvariantCulture)), rest
    | word :: rest when Char.IsLetter word[0] -> Name word, rest
    | rest -> failwith $"an expression expected before {rest}"

/// One expression.
let read text =
    match expression (tokens text) with
    | parsed, [] -> parsed
    | _, rest -> failwith $"{text}: too much from {rest} on"

/// Assignments; a line that begins with a space continues the one before.
let parse (lines: string list) =
    let join (whole: string list) (line: string) =
        match whole with
        | last :: earlier when line.StartsWith ' ' -> $"{last} {line.Trim()}" :: earlier
        | _ -> line :: whole

    [
        for line in lines |> List.fold join [] |> List.rev do
            match Regex.Match(line, @"^(\w+) = (.+)$") with
            | m when m.Success -> { Target = m.Groups[1].Value; Value = read m.Groups[2].Value }
            | _ -> failwith $"not an assignment: {line}"
    ]
