module MtrlFunctional.Tests.Experiments.OverrideProps

open Expecto
open System
open FsCheck
open FsCheck.FSharp
open MtrlFunctional.Experiments

/// Values as they can stand on a command line, and overrides with existing and other keys.
type Words =
    static member private Texts =
        Gen.frequency [
            3,
            Gen.elements [
                ""
                "none"
                "null"
                "1"
                "-0.5"
                "a b"
                "x=y"
                "'"
                "\\"
                "[1]"
                "${a.b}"
                "a, b"
            ]
            2, ArbMap.defaults |> ArbMap.generate<string> |> Gen.map string
        ]

    static member Value() : Arbitrary<Value> =
        let scalar =
            Gen.oneof [
                Gen.elements [ Value.Null; Value.Bool true; Value.Bool false ]
                ArbMap.defaults |> ArbMap.generate<int64> |> Gen.map Value.Int
                ArbMap.defaults
                |> ArbMap.generate<float>
                // NaN equals nothing.
                |> Gen.map (fun x -> Value.Float(if Double.IsNaN x then 0.5 else x))
                Words.Texts |> Gen.map Value.Text
                Gen.elements [ "1.10"; "12e4567"; "True"; "NULL"; "1_000"; "+5" ]
                |> Gen.map Value.Written
            ]

        let rec value depth =
            if depth = 0 then
                scalar
            else
                let inner = Gen.listOfLength 2 (value (depth - 1))

                Gen.frequency [
                    3, scalar
                    1, inner |> Gen.map Value.List
                    1,
                    Gen.map2 List.zip (Gen.listOfLength 2 Words.Texts) inner |> Gen.map Value.Table
                ]

        Arb.fromGen (value 3)

    static member Override() : Arbitrary<Override> =
        let value = Words.Value().Generator

        let part =
            Gen.elements [ "agent"; "a"; "seed_ref"; "task-encoding"; "_target_"; "x1" ]

        let key =
            Gen.choose (1, 4)
            |> Gen.bind (fun n -> Gen.listOfLength n part)
            |> Gen.map (String.concat ".")

        Gen.oneof [
            Gen.map2 (fun k v -> Set(k, v)) key value
            Gen.map2 (fun k v -> Add(k, v)) key value
            Gen.map (fun k -> Remove(k, None)) key
            Gen.map2 (fun k v -> Remove(k, Some v)) key value
        ]
        |> Arb.fromGen

let ``override text`` = [
    let law name = testLaw 500 [ typeof<Words> ] name

    law "reads back as it was printed" (fun (o: Override) ->
        let word = Overrides.print o
        Overrides.parse word = Ok o |> Prop.label word)

    law "values read back as they were printed" (fun (value: Value) ->
        let text = ValueText.print value
        ValueText.parse text = Ok value |> Prop.label text)

    testTheory "whole numbers have the spellings of people" [
        "1280", Some 1_280L
        "1_280", Some 1_280L
        "1.28e3", Some 1_280L
        "1280.0", Some 1_280L
        "1e6", Some 1_000_000L
        "1,000,000", Some 1_000_000L
        "200k", Some 200_000L
        "1.5M", Some 1_500_000L
        "-3", Some -3L
        "1.5", None
        "1.2345k", None
        "1e300", None
        "inf", None
        "k", None
        "seed", None
        "True", None
    ]
    <| fun (text, number) -> ValueText.whole (ok (ValueText.parse text)) |> equals number

    testTheory "a backslash makes a sign of the grammar plain" [
        @"a\,b", Value.Text "a,b"
        @"1\,2", Value.Text "1,2"
        @"a\\b", Value.Text @"a\b"
        @"C:\folder", Value.Text @"C:\folder"
        @"[a\,b,c\]]", Value.List [ Value.Text "a,b"; Value.Text "c]" ]
        @"{a\:b: 1}", Value.Table [ "a:b", Value.Int 1L ]
    ]
    <| fun (text, value) -> ValueText.parse text |> equals (Ok value)

    // "100,200" may be two values without -m.
    testTheory "commas that may divide values are no digit groups" [
        "100,200"
        "1,2,3"
        "1000,000"
        "1,00"
        "0,001"
    ]
    <| fun text -> (ValueText.parse text).IsError |> isTrue

    testTheory
        "plain words print as they were typed"
        (MtrlFunctional.Tests.Words.split
            "1.10 12e4567 1e3 1_1_1 True NULL 2024.10 +7 -0 99999999999999999999")
    <| fun word ->
        for text in [ word; $"[{word}, {word}]" ] do
            ok (ValueText.parse text) |> ValueText.print |> equals text

    testTheory "values have the types of YAML" [
        "True", Value.Bool true
        "FALSE", Value.Bool false
        "none", Value.Text "none"
        "null", Value.Null
        "3e-4", Value.Float 3e-4
        ".5", Value.Float 0.5
        "007", Value.Text "007"
        "1.2.3", Value.Text "1.2.3"
        ".nan", Value.Text ".nan"
        "", Value.Text ""
        " spaced out ", Value.Text "spaced out"
        "a=b=c", Value.Text "a=b=c"
        "'a, b'", Value.Text "a, b"
        "\"it's\"", Value.Text "it's"
        "[-20, 2]", Value.List [ Value.Int -20L; Value.Int 2L ]
        "[]", Value.List []
        "{a: [1], 'b c': x}",
        Value.Table [ "a", Value.List [ Value.Int 1L ]; "b c", Value.Text "x" ]
    ]
    <| fun (text, value) -> Scalar.typed (ok (ValueText.parse text)) |> equals value
]
