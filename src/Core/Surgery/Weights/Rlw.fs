namespace MtrlFunctional.Surgery

open MtrlFunctional.Randomness

/// Random loss weighting: new random weights in each update.
///
/// Paper: Lin et al. 2022, "Reasonable Effectiveness of Random Weighting", arXiv:2111.10603:
/// softmax of standard normal numbers.
module internal Rlw =
    /// Independent standard normal numbers.
    let normals count key =
        Array.init count (fun i -> Key.normal (Key.at (int64 i) key))

    /// The weights; they add up to 1.
    let solve (problem: Problem) state =
        Solution.create (normals problem.Losses.Length problem.Key |> Simplex.softmax) state

    /// The method.
    let surgery: Surgery = { Surgery.Of solve with WeighsLosses = true }

    /// `agent.surgery.method=rlw`.
    let method' = Method.Of("rlw", "random weights", surgery)
