module MtrlFunctional.Tests.Tasks.ToleranceProps

open Expecto
open Expecto.Flip
open System
open FsCheck
open FsCheck.FSharp
open MtrlFunctional.Tasks.DmControl

/// A tolerance, its arguments, and a number that lies within, near or far from its bounds.
type ToleranceCase = {
    Sigmoid: Sigmoid
    AtMargin: float
    Margin: float
    Low: float
    High: float
    X: float
}

type ToleranceCases =
    static member Case() =
        gen {
            let between low high =
                Gen.choose (0, 1_000_000)
                |> Gen.map (fun n -> low + (high - low) * float n / 1e6)

            let! sigmoid =
                Gen.elements [
                    Sigmoid.Gaussian
                    Sigmoid.Hyperbolic
                    Sigmoid.LongTail
                    Sigmoid.Reciprocal
                    Sigmoid.Cosine
                    Sigmoid.Linear
                    Sigmoid.Quadratic
                    Sigmoid.TanhSquared
                ]

            let! atMargin = between 0.01 0.95
            let! margin = between 0.1 5.0
            let! low = between -3.0 3.0
            let! width = between 0.0 2.0
            let! x = between (low - 3.0 * margin) (low + width + 3.0 * margin)

            return {
                Sigmoid = sigmoid
                AtMargin = atMargin
                Margin = margin
                Low = low
                High = low + width
                X = x
            }
        }
        |> Arb.fromGen

let ``a tolerance`` = [
    let law name =
        testLaw 1000 [ typeof<ToleranceCases> ] name

    let tolerance c =
        Tolerance.create c.Sigmoid c.AtMargin c.Margin (c.Low, c.High)

    law "is 1 exactly within its bounds, and in [0, 1] elsewhere" (fun c ->
        let value = Tolerance.value (tolerance c) c.X
        let isWithin = c.Low <= c.X && c.X <= c.High

        if isWithin then
            value = 1.0
        else
            0.0 <= value && value < 1.0)

    law "has its value at the margin, on both sides" (fun c ->
        let value x = Tolerance.value (tolerance c) x

        abs (value (c.Low - c.Margin) - c.AtMargin) < 1e-9
        && abs (value (c.High + c.Margin) - c.AtMargin) < 1e-9)

    law "is symmetric about the middle of its bounds" (fun c ->
        let mirrored = c.Low + c.High - c.X
        let t = tolerance c
        abs (Tolerance.value t c.X - Tolerance.value t mirrored) < 1e-9)

    law "does not rise with the distance" (fun c ->
        let t = tolerance c

        let further =
            if c.X > c.High then
                c.X + 0.1
            else
                c.X - 0.1 - (c.High - c.Low)

        Tolerance.value t further <= Tolerance.value t c.X)

    law "without a margin is 0 or 1" (fun c ->
        let value =
            Tolerance.value (Tolerance.create c.Sigmoid c.AtMargin 0.0 (c.Low, c.High)) c.X

        value = (if c.Low <= c.X && c.X <= c.High then 1.0 else 0.0))

    // Formulas of the source, computed anew: the distance 1.2 with margin 2 and value 0.3.
    testCase "has the formulas of the source" (fun () ->
        let d, w = 0.6, 0.3

        for sigmoid, expected in
            [
                Sigmoid.Gaussian, w ** (d * d)
                Sigmoid.Hyperbolic, 1.0 / cosh (d * Math.Acosh(1.0 / w))
                Sigmoid.LongTail, 1.0 / (d * d * (1.0 / w - 1.0) + 1.0)
                Sigmoid.Reciprocal, 1.0 / (d * (1.0 / w - 1.0) + 1.0)
                Sigmoid.Cosine, (1.0 + cos (d * acos (2.0 * w - 1.0))) / 2.0
                Sigmoid.Linear, 1.0 - d * (1.0 - w)
                Sigmoid.Quadratic, 1.0 - d * d * (1.0 - w)
                Sigmoid.TanhSquared, 1.0 - tanh (d * Math.Atanh(sqrt (1.0 - w))) ** 2.0
            ] do
            let t = Tolerance.create sigmoid w 2.0 (-1.0, 1.0)
            Tolerance.value t 2.2 |> Expect.isWithin (string sigmoid) 1e-14 expected)

    testCase
        "rejects reversed bounds, a negative margin and a value at the margin outside its range"
        (fun () ->
            let rejected sigmoid atMargin margin bounds =
                (fun () -> Tolerance.create sigmoid atMargin margin bounds) |> isRefused ""

            rejected Sigmoid.Gaussian 0.1 1.0 (1.0, 0.0)
            rejected Sigmoid.Gaussian 0.1 -1.0 (0.0, 1.0)
            rejected Sigmoid.Gaussian 0.0 1.0 (0.0, 1.0)
            rejected Sigmoid.Linear 1.0 1.0 (0.0, 1.0)
            rejected Sigmoid.Linear nan 1.0 (0.0, 1.0)

            Tolerance.value (Tolerance.create Sigmoid.Linear 0.0 1.0 (0.0, 1.0)) 2.0
            |> equals 0.0)
]
