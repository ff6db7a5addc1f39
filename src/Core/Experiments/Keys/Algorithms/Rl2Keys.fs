namespace MtrlFunctional.Experiments

/// Keys of RL²: those of PPO, and `agent.rl2.*`.
type Rl2Keys = { Ppo: PpoKeys; Memory: MemoryKeys }

module internal Rl2Keys =
    open Schema

    let place = "agent.rl2"

    let schema =
        schema {
            let! ppo = part PpoKeys.schema (fun (r: Rl2Keys) -> r.Ppo)

            and! memory = part (MemoryKeys.schema place) _.Memory

            return { Ppo = ppo; Memory = memory }
        }
