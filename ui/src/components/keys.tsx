/** The keys that do something on this page. */

import { Kbd, Modal, Table } from "@mantine/core";
import { useText } from "../i18n";
import { useAllCommands } from "../state/commands";

export default function Keys({ onClose }: { onClose: () => void }) {
  const t = useText();
  const commands = useAllCommands();
  return (
    <Modal opened onClose={onClose} title={t.settings.keys} closeButtonProps={{ "aria-label": t.common.close }}>
      <Table>
        <Table.Tbody>
          <Table.Tr>
            <Table.Td>
              <Kbd>Ctrl</Kbd> / <Kbd>⌘</Kbd> <Kbd>K</Kbd>
            </Table.Td>
            <Table.Td>{t.settings.palette}</Table.Td>
          </Table.Tr>
          {commands
            .filter((one) => one.keys)
            .map((one) => (
              <Table.Tr key={one.id}>
                <Table.Td>
                  {one.keys?.split(" ").map((key) => (
                    <Kbd key={key} mr={4}>
                      {key}
                    </Kbd>
                  ))}
                </Table.Td>
                <Table.Td>{one.label}</Table.Td>
              </Table.Tr>
            ))}
        </Table.Tbody>
      </Table>
    </Modal>
  );
}
