module MtrlFunctional.Tests.Tasks.ObservationProps

open Expecto
open System
open FsCheck
open FsCheck.FSharp
open MtrlFunctional.Tasks
open MtrlFunctional.Tasks.MetaWorld

/// A unit quaternion (x, y, z, w); one of its parts is often zero.
type Turn = Turn of float * float * float * float

type Turns =
    static member Turn() =
        let part = Gen.choose (-10, 10) |> Gen.map float

        Gen.four part
        |> Gen.where (fun (x, y, z, w) -> x <> 0.0 || y <> 0.0 || z <> 0.0 || w <> 0.0)
        |> Gen.map (fun (x, y, z, w) ->
            let n = sqrt (x * x + y * y + z * z + w * w)
            Turn(x / n, y / n, z / n, w / n))
        |> Arb.fromGen

let ``orientation of a matrix`` = [
    let law name = testLaw 500 [ typeof<Turns> ] name

    let matrix x y z w = [|
        1.0 - 2.0 * (y * y + z * z)
        2.0 * (x * y - z * w)
        2.0 * (x * z + y * w)
        2.0 * (x * y + z * w)
        1.0 - 2.0 * (x * x + z * z)
        2.0 * (y * z - x * w)
        2.0 * (x * z - y * w)
        2.0 * (y * z + x * w)
        1.0 - 2.0 * (x * x + y * y)
    |]

    law "is the quaternion it was made of, or its opposite" (fun (Turn(x, y, z, w)) ->
        let q = Orientation.ofMatrix (ReadOnlySpan(matrix x y z w))
        let along = q.A * x + q.B * y + q.C * z + q.D * w
        abs (abs along - 1.0) < 1e-12)
]

let ``an observation`` = [
    let task = Reach.reach

    let raw (values: NormalFloat[]) =
        Array.init Observation.size (fun i ->
            if values.Length = 0 then
                0.0
            else
                values[i % values.Length].Get)

    testProperty "clipped twice is clipped once" (fun values visible ->
        let once = Observation.clip task visible (raw values)
        Observation.clip task visible once = once)

    testProperty "keeps objects as they are" (fun values visible ->
        let obs = raw values
        let clipped = Observation.clip task visible obs
        clipped[4..17] = obs[4..17] && clipped[22..35] = obs[22..35])

    testProperty "hides the goal where it is to be hidden" (fun values ->
        Obs.goal (Observation.clip task false (raw values)) = Vec3.zero)

    testProperty
        "has its parts where they are read"
        (fun (now: NormalFloat[]) (before: NormalFloat[]) goal ->
            let now, before = (raw now)[0..17], (raw before)[0..17]
            let obs = Observation.assemble now before goal

            obs[0..17] = now
            && obs[18..35] = before
            && (Obs.goal obs = goal || Double.IsNaN(Vec3.norm goal))
            && Obs.hand obs = Vec3.create now[0] now[1] now[2]
            && Obs.opening obs = now[3]
            && Obs.object obs = Vec3.create now[4] now[5] now[6]
            && (Obs.orientation obs).A = now[7]
            && (Obs.orientation obs).D = now[10]
            && Obs.secondObject obs = Vec3.create now[11] now[12] now[13])
]
