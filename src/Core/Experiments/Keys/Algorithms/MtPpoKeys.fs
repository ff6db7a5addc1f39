namespace MtrlFunctional.Experiments

/// Keys of MT-PPO: those of PPO, and of a model whose context it may observe.
type MtPpoKeys = { Ppo: PpoKeys; Context: CadmContextKeys }

module internal MtPpoKeys =
    open Schema

    let schema =
        schema {
            let! ppo = part PpoKeys.schema (fun (k: MtPpoKeys) -> k.Ppo)

            and! context = part CadmContextKeys.schema _.Context

            return { Ppo = ppo; Context = context }
        }
