module MtrlFunctional.Tests.Tasks.RewardProps

open Expecto
open FsCheck
open FsCheck.FSharp
open MtrlFunctional.Tasks

/// A range with a margin, and a point that is inside, on an edge, in the margin or beyond.
type Aim = { Lower: float; Upper: float; Margin: float; X: float }

type Aims =
    static member Aim() =
        gen {
            let! lower = Gen.choose (-100, 100) |> Gen.map (fun i -> float i / 100.0)
            let! width = Gen.choose (0, 100) |> Gen.map (fun i -> float i / 100.0)
            let! margin = Gen.choose (1, 200) |> Gen.map (fun i -> float i / 100.0)
            let upper = lower + width

            let! x =
                Gen.oneof [
                    Gen.elements [ lower; upper; lower - margin; upper + margin ]
                    Gen.choose (-500, 500) |> Gen.map (fun i -> float i / 100.0)
                ]

            return { Lower = lower; Upper = upper; Margin = margin; X = x }
        }
        |> Arb.fromGen

    static member Sigmoid() =
        Gen.elements [
            DmControl.Sigmoid.Gaussian
            DmControl.Sigmoid.Hyperbolic
            DmControl.Sigmoid.LongTail
            DmControl.Sigmoid.Reciprocal
            DmControl.Sigmoid.Cosine
            DmControl.Sigmoid.Linear
            DmControl.Sigmoid.Quadratic
            DmControl.Sigmoid.TanhSquared
        ]
        |> Arb.fromGen

/// Rewards in [0, 1], often at the ends.
type Fraction = Fraction of float

type Fractions =
    static member Fraction() =
        Gen.oneof [
            Gen.elements [ 0.0; 1.0 ]
            Gen.choose (0, 1000) |> Gen.map (fun i -> float i / 1000.0)
        ]
        |> Gen.map Fraction
        |> Arb.fromGen

let tolerance = [
    let law name = testLaw 500 [ typeof<Aims> ] name

    let tolerance sigmoid atMargin margin bounds x =
        DmControl.Tolerance.value (DmControl.Tolerance.create sigmoid atMargin margin bounds) x

    let at sigmoid aim x =
        tolerance sigmoid 0.1 aim.Margin (aim.Lower, aim.Upper) x

    law "is between 0 and 1" (fun sigmoid aim ->
        let r = at sigmoid aim aim.X in 0.0 <= r && r <= 1.0)

    // Close to the range a sigmoid rounds to 1, as the squared distance is below machine
    // precision.
    law "is 1 in the range and nowhere else" (fun sigmoid aim ->
        let outside = max (aim.Lower - aim.X) (aim.X - aim.Upper)

        if outside <= 0.0 then
            at sigmoid aim aim.X = 1.0
        else
            outside < 1e-7 * aim.Margin || at sigmoid aim aim.X < 1.0)

    law "has the given value at the margin" (fun sigmoid aim ->
        abs (at sigmoid aim (aim.Upper + aim.Margin) - 0.1) < 1e-9)

    law "falls with the distance" (fun sigmoid aim (NormalFloat step) ->
        let further = aim.Upper + abs aim.X
        at sigmoid aim (further + abs step) <= at sigmoid aim further)

    law "is the same on both sides" (fun sigmoid aim ->
        let mirrored = { aim with Lower = -aim.Upper; Upper = -aim.Lower }

        at sigmoid aim aim.X = at sigmoid mirrored -aim.X)

    law "the short forms are the long one" (fun aim ->
        let short = Reward.inRange aim.Lower aim.Upper aim.Margin aim.X
        let radius = aim.Upper - aim.Lower
        let distance = abs aim.X

        let gaussian =
            tolerance DmControl.Sigmoid.Gaussian 0.1 aim.Margin (0.0, radius) distance

        abs (short - at DmControl.Sigmoid.LongTail aim aim.X) < 1e-15
        && Reward.nearOnly radius aim.Margin distance = gaussian)
]

let ``soft and`` = [
    let law name = testLaw 500 [ typeof<Fractions> ] name

    law "is between 0 and the lesser of the two" (fun (Fraction a) (Fraction b) ->
        let r = Reward.both a b in 0.0 <= r && r <= min a b + 1e-15)

    law "is the same both ways" (fun (Fraction a) (Fraction b) -> Reward.both a b = Reward.both b a)

    law "with 1 it changes nothing" (fun (Fraction a) -> abs (Reward.both a 1.0 - a) < 1e-15)

    law "with 0 it is 0" (fun (Fraction a) -> Reward.both a 0.0 = 0.0)

    law "is associative" (fun (Fraction a) (Fraction b) (Fraction c) ->
        let left = Reward.both (Reward.both a b) c
        let right = Reward.both a (Reward.both b c)
        abs (left - right) < 1e-12)

    law "the way through a box grows from 0 to 1" (fun (Fraction x) (Fraction y) (Fraction z) ->
        let zero, one = Vec3.create -1.0 3.0 0.5, Vec3.create 1.0 2.0 1.5
        let way = one - zero
        let p = Vec3.create (zero.X + x * way.X) (zero.Y + y * way.Y) (zero.Z + z * way.Z)
        abs (Reward.throughBox p zero one - x * y * z) < 1e-9)
]
