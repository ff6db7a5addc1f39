/// Draws of initial joints.
module MtrlFunctional.Tasks.DmControl.Starts

open System
open MtrlFunctional.Randomness

/// Uniform in [low, high).
let internal uniform (low: float) high key = low + (high - low) * Key.uniform key

/// Joints at the given positions, at rest, in an unchanged model.
let atRest (positions: float[]) : Start = {
    Positions = positions
    Velocities = Array.zeroCreate positions.Length
    Edits = [||]
}

/// Positions by a function of the joint and a key of its own.
let internal positions (draw: Joint -> Key -> float) (joints: Joint[]) key =
    joints |> Array.mapi (fun i joint -> draw joint (Key.at (int64 i) key))

/// Limited joints are uniform in their range, unlimited hinges in [−π, π); unlimited slides keep their
/// default.
let internal randomized (joints: Joint[]) key =
    positions
        (fun joint key ->
            match joint.Range with
            | ValueSome(struct (low, high)) -> uniform low high key
            | ValueNone when joint.IsHinge -> uniform -Math.PI Math.PI key
            | ValueNone -> joint.Default)
        joints
        (Key.forPurpose "joints" key)
